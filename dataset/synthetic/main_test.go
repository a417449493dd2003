package synthetic

import (
	"os"
	"testing"

	"swis/dataset/atomicfile"
)

func TestMain(m *testing.M) {
	atomicfile.Unsynced = true
	os.Exit(m.Run())
}
