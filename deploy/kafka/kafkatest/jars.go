package kafkatest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"

	"github.com/gofrs/flock"

	"fenghuo/deploy/kafka"
)

// minJava is the oldest Java that a 4.x broker runs on.
const minJava = 17

// installation is what starting a broker needs.
type installation struct {
	java string // path of the java command
	jars string // directory
}

// prepare finds Java and the jars, once per test process.
var prepare = sync.OnceValues(func() (installation, error) {
	java, err := findJava()
	if err != nil {
		return installation{}, err
	}
	jars, err := fetchJars(context.Background())
	return installation{java: java, jars: jars}, err
})

var javaVersion = regexp.MustCompile(`version "(\d+)`)

func findJava() (string, error) {
	java, err := exec.LookPath("java")
	if err != nil {
		return "", errors.New("no java command; install a Java 17 runtime or newer")
	}
	out, err := exec.Command(java, "-version").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%s -version: %w", java, err)
	}
	m := javaVersion.FindSubmatch(out)
	if m == nil {
		return "", fmt.Errorf("%s -version does not say which version it is: %q", java, out)
	}
	if v, _ := strconv.Atoi(string(m[1])); v < minJava {
		return "", fmt.Errorf("Java %d is too old for Apache Kafka 4; install Java %d or newer", v, minJava)
	}
	return java, nil
}

// fetchJars returns the directory of the broker's jars, named after the pom's
// content, so that a changed pom is fetched anew. Processes that start at the
// same time share one download.
func fetchJars(ctx context.Context) (string, error) {
	cache, err := cacheDir()
	if err != nil {
		return "", err
	}
	dir := filepath.Join(cache, fmt.Sprintf("kafka-%x", sha256.Sum256(kafka.POM))[:22])
	if isDir(dir) {
		return dir, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	lock := flock.New(dir + ".lock")
	if err := lock.Lock(); err != nil {
		return "", fmt.Errorf("lock %q: %w", lock.Path(), err)
	}
	defer func() { _ = lock.Unlock() }()
	if isDir(dir) {
		return dir, nil
	}
	return dir, copyDependencies(ctx, cache, dir)
}

// copyDependencies lets Maven gather the jars in a temporary directory and
// renames it to dir, so that dir is there whole or not at all.
func copyDependencies(ctx context.Context, cache, dir string) error {
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		return errors.New("no mvn command; install Maven to fetch Apache Kafka's jars")
	}
	tmp, err := os.MkdirTemp(cache, "kafka-fetch-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(tmp) }()
	pom := filepath.Join(tmp, "pom.xml")
	if err := os.WriteFile(pom, kafka.POM, 0o644); err != nil {
		return err
	}
	jars := filepath.Join(tmp, "jars")
	cmd := exec.CommandContext(ctx, mvn, "--batch-mode", "--quiet", "--file", pom,
		"dependency:copy-dependencies", "-DincludeScope=runtime", "-DoutputDirectory="+jars)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("mvn cannot fetch Apache Kafka's jars: %w\n%s", err, bytes.TrimSpace(out))
	}
	return os.Rename(jars, dir)
}

func cacheDir() (string, error) {
	if dir := os.Getenv("FENGHUO_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache directory; set FENGHUO_CACHE: %w", err)
	}
	return filepath.Join(dir, "fenghuo"), nil
}

func isDir(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.IsDir()
}
