package embedded_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// SQL cannot reach the files of whoever runs the engine.
func TestConfined(t *testing.T) {
	if abi, _, _ := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION); int(abi) < 2 {
		t.Skip("this kernel has no Landlock to confine the engine with")
	}
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("mine\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	url := start(t, options(t.TempDir())).ClickHouseURL()
	for _, sql := range []string{
		fmt.Sprintf("SELECT * FROM file('%s', 'LineAsString')", secret),
		"SELECT * FROM file('/etc/passwd', 'LineAsString')",
		fmt.Sprintf("INSERT INTO FUNCTION file('%s2', 'CSV', 'a Int8') SELECT 1", secret),
	} {
		if out, err := query(t.Context(), url, sql); err == nil {
			t.Errorf("%s succeeds: %q", sql, out)
		}
	}
	if _, err := os.Stat(secret + "2"); err == nil {
		t.Error("a file was written outside the data directory")
	}
	if got, err := os.ReadFile(secret); err != nil || string(got) != "mine\n" {
		t.Errorf("this process reads %q, %v; it must stay free", got, err)
	}
}
