// This file is empty on purpose: with it the compiler accepts the functions without bodies in fork.go.
