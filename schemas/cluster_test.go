package schemas

import (
	"slices"
	"testing"
)

func TestOnCluster(t *testing.T) {
	for _, c := range []struct {
		statement string
		want      []string // nil = refused
	}{
		{"ALTER TABLE mentions\nADD COLUMN IF NOT EXISTS x UInt8", []string{ // the table over the shards has it, too
			"ALTER TABLE mentions_local ON CLUSTER `prod`\nADD COLUMN IF NOT EXISTS x UInt8",
			"ALTER TABLE mentions ON CLUSTER `prod`\nADD COLUMN IF NOT EXISTS x UInt8"}},
		{"ALTER TABLE mentions\nMODIFY SETTING a = 1", []string{"ALTER TABLE mentions_local ON CLUSTER `prod`\nMODIFY SETTING a = 1"}},
		{"ALTER TABLE run_log\nADD COLUMN IF NOT EXISTS x UInt8", []string{"ALTER TABLE run_log ON CLUSTER `prod`\nADD COLUMN IF NOT EXISTS x UInt8"}},
		{"CREATE OR REPLACE VIEW v AS\nSELECT 1", []string{"CREATE OR REPLACE VIEW v ON CLUSTER `prod` AS\nSELECT 1"}},
		{"-- cluster: every node\nCREATE TABLE IF NOT EXISTS a\n(x UInt8)\nENGINE = ReplacingMergeTree(x)\nORDER BY x",
			[]string{"\nCREATE TABLE IF NOT EXISTS a ON CLUSTER `prod`\n(x UInt8)\n" +
				"ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/all/{database}/{table}', '{shard}-{replica}', x)\nORDER BY x"}},
		{"CREATE TABLE IF NOT EXISTS a\n(x UInt8)\nENGINE = MergeTree\nORDER BY x", nil}, // says no place
		{"TRUNCATE TABLE mentions", nil},
	} {
		got, err := OnCluster(c.statement, "fenghuo", "prod")
		if !slices.Equal(got, c.want) || (err == nil) != (c.want != nil) {
			t.Errorf("%s\nbecame %q, %v\nwant %q", c.statement, got, err, c.want)
		}
	}
}
