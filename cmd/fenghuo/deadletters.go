package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"fenghuo/pipeline/backfill"
	"fenghuo/pipeline/ingest"
	"fenghuo/pipeline/kafkalog"
	"fenghuo/pipeline/look"
)

func newDeadLettersCommand(a *app) *cobra.Command {
	var follow bool
	var limit int
	var run string
	cmd := &cobra.Command{
		Use:   "deadletters",
		Short: "Show records that are no posts, and why",
		Long: `Show what was set aside in the topic of dead letters: when, the reason, where the
record came from (FILE:LINE, where fenghuo ingest sent it, and topic/partition/offset),
its length and its begin. How many there are by reason is in table intake.

With --run, show the rows that a backfill set aside, by file and line, from table
dead_rows. It keeps the first 10,000 of a run and counts the rest.`,
		Example: `  fenghuo deadletters
  fenghuo deadletters --follow
  fenghuo deadletters --run crisis2023
  fenghuo deadletters --limit 0 --json | jq -r .reason | sort | uniq -c`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if run != "" {
				return a.deadRows(cmd.Context(), run, limit, cmd.OutOrStdout())
			}
			return a.deadLetters(cmd.Context(), follow, limit, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on showing records as they come")
	cmd.Flags().IntVar(&limit, "limit", 20, "the newest so many, of a run the first so many; 0 for all")
	cmd.Flags().StringVar(&run, "run", "", "show what the backfill of this name set aside")
	cmd.MarkFlagsMutuallyExclusive("run", "follow")
	return cmd
}

func (a *app) deadLetters(ctx context.Context, follow bool, limit int, out io.Writer) error {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	cluster, err := kafkalog.Connect(c.Kafka, "fenghuo-deadletters")
	if err != nil {
		return err
	}
	defer cluster.Close()
	topic := c.Kafka.Topics.Dead
	n, err := cluster.Partitions(ctx, topic)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("topic %q does not exist at %s: `fenghuo run` creates it", topic, cluster.Brokers())
	}
	v := look.View{Width: columns(out), Location: c.Location()}
	show := func(d look.DeadLetter) error {
		look.RenderDeadLetter(out, d, v)
		return nil
	}
	if a.json {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		show = func(d look.DeadLetter) error { return e.Encode(d) }
	}
	list, next, err := look.DeadLetters(ctx, cluster, topic, limit)
	if err != nil {
		return err
	}
	for _, d := range list {
		if err := show(d); err != nil {
			return err
		}
	}
	if follow {
		return look.FollowDeadLetters(ctx, cluster, topic, next, show)
	}
	if len(list) == 0 && !a.json {
		fmt.Fprintf(os.Stderr, "no dead letters in topic %q\n", topic)
	}
	return nil
}

// deadRows shows what a backfill set aside.
func (a *app) deadRows(ctx context.Context, run string, limit int, out io.Writer) (err error) {
	c, err := a.loadConfig()
	if err != nil {
		return err
	}
	s, err := a.openStore(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if err := backfill.Exists(ctx, s, run); err != nil {
		return err
	}
	list, err := look.DeadRows(ctx, s.Conn(), run, limit)
	if err != nil {
		return err
	}
	if a.json {
		e := json.NewEncoder(out)
		e.SetEscapeHTML(false)
		for _, d := range list {
			if err := e.Encode(d); err != nil {
				return err
			}
		}
		return nil
	}
	v := look.View{Width: columns(out), Location: c.Location()}
	for _, d := range list {
		look.RenderDeadRow(out, d, v)
	}
	if len(list) == 0 {
		fmt.Fprintf(os.Stderr, "no dead rows in run %q\n", run)
		return nil
	}
	account, err := ingest.RunAccount(ctx, s.Conn(), run)
	if err != nil {
		return err
	}
	if n := account.DeadRows(); n > backfill.MaxDeadRows {
		fmt.Fprintf(out, "of %d dead rows the first %d are kept\n", n, backfill.MaxDeadRows)
	}
	return nil
}
