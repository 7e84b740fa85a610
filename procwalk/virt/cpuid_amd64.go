package virt

func cpuid(leaf uint32) (eax, ebx, ecx, edx uint32)

// hostCPUID returns what executes the instruction, with ECX 0. Source: Intel SDM 2A, CPUID.
func hostCPUID() func(leaf uint32) (eax, ebx, ecx, edx uint32) { return cpuid }
