package atomicfile

import (
	"bufio"
	"cmp"
	"io"
	"os"

	"swis/dataset/workers"
)

// put fills a temporary file. Its way to the disk goes on when put is back; the
// channel tells how it ended.
func put(tmp *os.File, path string, write func(io.Writer) error) (<-chan error, error) {
	disk := &eager{file: tmp, path: path}
	w := bufio.NewWriterSize(disk, 1<<16)
	err := workers.Call(func() error { return write(w) })
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		disk.wait()
		tmp.Close()
		return nil, err
	}
	return workers.Start(func() error {
		err := disk.wait()
		if err == nil {
			err = sync(tmp, path)
		}
		closing := before("close", path)
		if err := tmp.Close(); err != nil {
			closing = err
		}
		return cmp.Or(err, closing)
	}), nil
}

// eager writes to a file and sends what is written to the disk every few
// megabytes, so that little is left to wait for at the end.
type eager struct {
	file    *os.File
	path    string
	since   int // bytes since the last time
	sending <-chan error
}

func (e *eager) Write(b []byte) (int, error) {
	if err := before("write", e.path); err != nil { // cut, as on a disk that is full
		n, _ := e.file.Write(b[:len(b)/2])
		return n, err
	}
	n, err := e.file.Write(b)
	if e.since += n; err != nil || e.since < 8<<20 || len(e.sending) < cap(e.sending) {
		return n, err
	}
	e.since = 0
	if err := e.wait(); err != nil {
		return n, err
	}
	e.sending = workers.Start(e.file.Sync)
	return n, nil
}

// wait returns the fault of what is being sent, which the system tells once.
func (e *eager) wait() error {
	if e.sending == nil {
		return nil
	}
	err := <-e.sending
	e.sending = nil
	return err
}
