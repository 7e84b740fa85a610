//go:build !amd64

package virt

// hostCPUID returns nil: the processor has no such instruction.
func hostCPUID() func(leaf uint32) (eax, ebx, ecx, edx uint32) { return nil }
