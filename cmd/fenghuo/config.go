package main

import (
	"errors"
	"io/fs"
	"os"

	"fenghuo/pipeline/config"
)

// loadConfig reads --config, then $FENGHUO_CONFIG, then ./fenghuo.yaml, and
// applies --brokers and --clickhouse. Without any file it is the built-in
// defaults; a file that was named must exist.
func (a *app) loadConfig() (*config.Config, error) {
	c, err := a.readConfig()
	if err != nil {
		return nil, err
	}
	return c, c.Override(a.brokers, a.clickhouse)
}

func (a *app) readConfig() (*config.Config, error) {
	path := a.configPath
	if path == "" {
		path = os.Getenv("FENGHUO_CONFIG")
	}
	if path != "" {
		return config.Load(path)
	}
	c, err := config.Load("fenghuo.yaml")
	if errors.Is(err, fs.ErrNotExist) {
		return config.Default(), nil
	}
	return c, err
}
