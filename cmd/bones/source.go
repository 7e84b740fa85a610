package main

import "bones/procwalk/taskiter"

// sourceFlag is the value of --source.
type sourceFlag taskiter.Source

// Set implements pflag.Value.
func (f *sourceFlag) Set(word string) error {
	s, err := taskiter.ParseSource(word)
	if err == nil {
		*f = sourceFlag(s)
	}
	return err
}

// String implements pflag.Value.
func (f *sourceFlag) String() string { return string(*f) }

// Type implements pflag.Value.
func (f *sourceFlag) Type() string { return "FROM" }
