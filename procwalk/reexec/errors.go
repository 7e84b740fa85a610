package reexec

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"

	"bones/procwalk/fault"

	"golang.org/x/sys/unix"
)

// Errors are what errors keep on their way over a wire: both ends have the same. An error is sent with its words,
// the kernel's number that is in it, whether something is gone, not permitted, unsupported or broken and what would
// help (package fault), which of the values it is (errors.Is), and whole those types that it is or holds
// (errors.As).
type Errors struct {
	values []error
	types  []reflect.Type
}

// NewErrors makes them. Of types, each is a pointer to a struct of which all fields are exported; its value does
// not matter.
func NewErrors(values []error, types ...error) *Errors {
	e := &Errors{values: values}
	for _, t := range types {
		e.types = append(e.types, reflect.TypeOf(t))
	}
	return e
}

// Failure is an error in the form in which it goes over the wire from one process to another.
type Failure struct {
	Text   string
	Errno  unix.Errno // 0: none
	Fault  *Fault     // nil: none of the vocabulary
	Values []int      // by their numbers
	Types  []TypedFailure
}

// Fault is a fault.Error, or just what kind of one an error is.
type Fault struct {
	Kind            fault.Kind
	What, Why, Hint string
}

// TypedFailure is an error of a type that is sent whole.
type TypedFailure struct {
	Number int
	Value  []byte
}

// Pack turns an error into a Failure, and nil into nil.
func (e *Errors) Pack(err error) *Failure {
	if err == nil {
		return nil
	}
	f := &Failure{Text: err.Error()}
	errors.As(err, &f.Errno)
	f.Fault = faultOf(err)
	for n, value := range e.values {
		if errors.Is(err, value) {
			f.Values = append(f.Values, n)
		}
	}
	for n, t := range e.types {
		found := reflect.New(t)
		if !errors.As(err, found.Interface()) {
			continue
		}
		var b bytes.Buffer
		if NewEncoder(&b).Encode(found.Elem().Elem().Interface()) == nil {
			f.Types = append(f.Types, TypedFailure{n, b.Bytes()})
		}
	}
	return f
}

// faultOf is nil for an error that says nothing of the vocabulary itself.
func faultOf(err error) *Fault {
	var e *fault.Error
	if errors.As(err, &e) {
		return &Fault{e.Kind, e.What, e.Why, e.Hint}
	}
	for _, kind := range []fault.Kind{fault.Gone, fault.NotPermitted, fault.Unsupported, fault.Broken} {
		if errors.Is(err, kind) {
			return &Fault{Kind: kind}
		}
	}
	return nil
}

// Unpack turns a Failure back into an error of the same kind, and nil into nil.
func (e *Errors) Unpack(f *Failure) error {
	if f == nil {
		return nil
	}
	t := &told{text: f.Text}
	for _, typed := range f.Types {
		if typed.Number < 0 || typed.Number >= len(e.types) {
			continue
		}
		v := reflect.New(e.types[typed.Number].Elem())
		if NewDecoder(bytes.NewReader(typed.Value)).Decode(v.Interface()) != nil {
			continue
		}
		if err := v.Interface().(error); err.Error() == f.Text && len(f.Types) == 1 && len(f.Values) == 0 {
			return err // it was that and nothing around it
		} else {
			t.causes = append(t.causes, err)
		}
	}
	for _, n := range f.Values {
		if n >= 0 && n < len(e.values) {
			t.causes = append(t.causes, e.values[n])
		}
	}
	var errno error
	if f.Errno != 0 {
		errno = f.Errno
	}
	switch {
	case f.Fault != nil:
		x := f.Fault
		t.causes = append(t.causes, &fault.Error{Kind: x.Kind, What: x.What, Why: x.Why, Hint: x.Hint, Err: errno})
	case errno != nil:
		t.causes = append(t.causes, errno)
	}
	return t
}

// told is an error of another process: its words, and what it is.
type told struct {
	text   string
	causes []error
}

func (t *told) Error() string   { return t.text }
func (t *told) Unwrap() []error { return t.causes }

// Named gives an error of the kernel's its name: "no such file or directory (ENOENT)".
func Named(err error) error {
	var errno unix.Errno
	if errors.As(err, &errno) && unix.ErrnoName(errno) != "" {
		return fmt.Errorf("%w (%s)", err, unix.ErrnoName(errno))
	}
	return err
}
