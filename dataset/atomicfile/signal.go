package atomicfile

import "syscall"

// zero is the signal that only asks whether a process is there.
const zero = syscall.Signal(0)
