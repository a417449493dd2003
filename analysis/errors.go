package analysis

import "fmt"

// NotEstimable says that the question cannot be answered from these data. Its
// text is one sentence that names the groups or columns concerned and the next
// thing to try.
type NotEstimable struct{ Reason string }

func (e *NotEstimable) Error() string { return "cannot estimate: " + e.Reason }

// NotEstimablef returns a NotEstimable with a formatted reason.
func NotEstimablef(format string, args ...any) error {
	return &NotEstimable{Reason: fmt.Sprintf(format, args...)}
}

// Unsupported says that the asked combination of options is not defined. Its
// text lists what is.
type Unsupported struct{ Reason string }

func (e *Unsupported) Error() string { return e.Reason }

// Unsupportedf returns an Unsupported with a formatted reason.
func Unsupportedf(format string, args ...any) error {
	return &Unsupported{Reason: fmt.Sprintf(format, args...)}
}

// Refusal says that a rule of integrity or disclosure forbids the step, such
// as a second allocation of the same schools.
type Refusal struct{ Reason string }

func (e *Refusal) Error() string { return e.Reason }

// Refusalf returns a Refusal with a formatted reason.
func Refusalf(format string, args ...any) error {
	return &Refusal{Reason: fmt.Sprintf(format, args...)}
}
