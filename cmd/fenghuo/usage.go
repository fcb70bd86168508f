package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// noArguments refuses what follows a command that takes flags only.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%s takes no %q, only flags: %s --help shows them", cmd.CommandPath(), args[0], cmd.CommandPath())
	}
	return nil
}

// takeUsage makes errors of use one line that says what to write, in a command
// and those below it.
func takeUsage(cmd *cobra.Command) {
	if cmd.HasSubCommands() { // cobra would pass over a mistyped command in a group
		cmd.Args = knownCommand
		if !cmd.Runnable() {
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	if check := cmd.Args; check != nil && strings.Contains(cmd.Use, " ") {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return fmt.Errorf("%w: write %s", err, strings.TrimSuffix(cmd.UseLine(), " [flags]"))
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		takeUsage(sub)
	}
}

// knownCommand refuses a mistyped command of a group.
func knownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	return fmt.Errorf("unknown command %q for %q%s", args[0], cmd.CommandPath(), didYouMean(args[0], "", names, cmd.CommandPath()+" --help shows them"))
}

// knownFlag adds to the error of an unknown flag the one that was meant.
func knownFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("%w%s", err, didYouMean(unknown.GetSpecifiedName(), "--", names, cmd.CommandPath()+" --help shows them"))
}

// didYouMean names the nearest of the names, or else the help.
func didYouMean(name, prefix string, names []string, help string) string {
	distance := func(s string) int {
		if strings.HasPrefix(s, name) {
			return 0
		}
		return levenshtein.ComputeDistance(name, s)
	}
	near := slices.MinFunc(names, func(a, b string) int { return cmp.Compare(distance(a), distance(b)) })
	if distance(near) <= max(1, len(near)/2) {
		return fmt.Sprintf(": did you mean %s%s?", prefix, near)
	}
	return ": " + help
}
