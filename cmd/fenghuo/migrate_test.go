package main

import (
	"strings"
	"testing"

	"fenghuo/pipeline/embedded/embeddedtest"
)

func TestMigrateCommand(t *testing.T) {
	url := embeddedtest.ClickHouse(t)
	files := map[string]string{
		"fenghuo.yaml": "clickhouse: {database: migrate_command}\nretention: {mentions: 30d}\n",
		"shorter.yaml": "clickhouse: {database: migrate_command}\nretention: {mentions: 20d}\n",
	}
	for _, c := range []struct {
		args []string
		out  string
	}{
		{[]string{"migrate", "--clickhouse", url, "--json"}, `"retention":["mentions"]`},
		{[]string{"migrate", "--clickhouse", url}, "database migrate_command is up to date\n"},
		{[]string{"migrate", "--clickhouse", url, "--config", "shorter.yaml"}, "0 migrations applied, 0 views made or replaced, retention set on 1 tables\n"},
		{[]string{"migrate", "--clickhouse", url, "--new-epoch", "posts"}, "topic posts is now in epoch 1\n"},
		{[]string{"migrate", "--print"}, "ALTER TABLE mentions MODIFY TTL toDateTime(ingested_at) + INTERVAL 30 DAY DELETE WHERE run = 'live';"},
		{[]string{"migrate", "--print", "--cluster", "prod"}, "CREATE TABLE IF NOT EXISTS mentions_local ON CLUSTER `prod`"},
	} {
		out, err := runConfig(t, files, c.args...)
		if err != nil || !strings.Contains(out, c.out) {
			t.Errorf("%v: %v\n%s", c.args, err, out)
		}
	}
}

func TestMigrateExplains(t *testing.T) {
	_, err := runConfig(t, nil, "migrate", "--clickhouse", "http://127.0.0.1:1")
	if err == nil || !strings.Contains(err.Error(), "ClickHouse at 127.0.0.1:1 cannot be reached") {
		t.Error(err)
	}
	_, err = runConfig(t, nil, "migrate", "--clickhouse", embeddedtest.ClickHouse(t), "--new-epoch", "post")
	if err == nil || !strings.Contains(err.Error(), "the source topic of the config is posts") {
		t.Errorf("a topic that is not read: %v", err)
	}
}
