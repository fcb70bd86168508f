package store

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"
	"go.uber.org/zap"

	"fenghuo/pipeline/config"
)

// Store is a pool of connections to one database. It is safe for concurrent
// use.
type Store struct {
	conn      driver.Conn // in the database
	bootstrap driver.Conn // in no database, to create it
	database  string
	address   string // for messages
	near      bool
	log       *zap.Logger
}

// settings go with every query; what they say is what the promise needs.
var settings = clickhouse.Settings{
	"async_insert":                                       0, // a block is there when it is acknowledged
	"distributed_foreground_insert":                      1, // on a cluster, too
	"max_partitions_per_insert_block":                    0, // a late or replayed range may hold many months
	"deduplicate_blocks_in_dependent_materialized_views": 1,
}

// Open reaches the server once, to tell a wrong address or password early; it
// neither needs the database nor creates it. It does not wait or retry: an
// error that is ErrUnreachable may pass, see also ErrDenied.
func Open(ctx context.Context, c config.ClickHouse, log *zap.Logger) (*Store, error) {
	o, err := options(c)
	if err != nil {
		return nil, err
	}
	s := &Store{database: c.Database, address: o.Addr[0], near: isLoopback(o.Addr[0]), log: log}
	inDatabase := *o
	inDatabase.Auth.Database = c.Database
	if s.conn, err = clickhouse.Open(&inDatabase); err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	if s.bootstrap, err = clickhouse.Open(o); err != nil {
		return nil, fmt.Errorf("clickhouse: %w", err)
	}
	var one uint8
	if err := s.bootstrap.QueryRow(ctx, "SELECT 1").Scan(&one); err != nil {
		return nil, s.explain(err)
	}
	return s, nil
}

// Conn is the connection pool in the store's database, for queries and
// batches. Before Migrate the database may be missing.
func (s *Store) Conn() driver.Conn { return s.conn }

// Database is the name of the store's database.
func (s *Store) Database() string { return s.database }

// Near tells whether the server is on this machine.
func (s *Store) Near() bool { return s.near }

// Ping asks the server for a row and explains what hinders it.
func (s *Store) Ping(ctx context.Context) error {
	var one uint8
	return s.explain(s.conn.QueryRow(ctx, "SELECT 1").Scan(&one))
}

// Close closes the connections.
func (s *Store) Close() error {
	if err := s.bootstrap.Close(); err != nil {
		return err
	}
	return s.conn.Close()
}

// options translates the config; the database is left out.
func options(c config.ClickHouse) (*clickhouse.Options, error) {
	u, err := url.Parse(c.URL)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, fmt.Errorf("clickhouse.url: %q is not an address such as http://127.0.0.1:8123", c.URL)
	}
	o := &clickhouse.Options{
		Protocol:        clickhouse.HTTP,
		Addr:            []string{hostPort(u)},
		HttpUrlPath:     u.Path,
		Settings:        settings,
		Compression:     &clickhouse.Compression{Method: clickhouse.CompressionLZ4},
		DialTimeout:     5 * time.Second,
		ReadTimeout:     5 * time.Minute,
		MaxOpenConns:    16,
		MaxIdleConns:    8,
		ConnMaxLifetime: time.Hour,
	}
	o.Auth.Username, o.Auth.Password = c.User, c.Password
	if user := u.User; user != nil && c.User == "" {
		o.Auth.Username = user.Username()
		o.Auth.Password, _ = user.Password()
	}
	if isLoopback(o.Addr[0]) {
		o.Compression = nil
	}
	if u.Scheme == "https" {
		if o.TLS, err = c.TLS.Client(); err != nil {
			return nil, fmt.Errorf("clickhouse.%w", err)
		}
		if o.TLS == nil {
			o.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
		}
	}
	return o, nil
}

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	return err == nil && (host == "localhost" || net.ParseIP(host).IsLoopback())
}

func hostPort(u *url.URL) string {
	port := u.Port()
	switch {
	case port != "":
	case u.Scheme == "https":
		port = "8443"
	default:
		port = "8123"
	}
	return net.JoinHostPort(u.Hostname(), port)
}
