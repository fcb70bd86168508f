// Package hugepage keeps large tables that are read at random in the
// processor's pages of 2 MiB: with pages of 4 KiB most looks into a table of
// several megabytes wait for the page's address before they wait for memory.
//
// It imports nothing of the project. It asks Linux (6.1 or later); elsewhere,
// or where the system has no such page to give, tables are as they were.
package hugepage
