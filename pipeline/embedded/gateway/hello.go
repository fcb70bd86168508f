package gateway

import (
	"strings"

	"github.com/ClickHouse/ch-go/proto"
	"github.com/ClickHouse/clickhouse-go/v2/lib/column"
	native "github.com/ClickHouse/clickhouse-go/v2/lib/proto"

	"fenghuo/pipeline/embedded/chdb"
)

// helloQuery is what clickhouse-go asks a server first.
const helloQuery = "SELECT displayName(), version(), revision(), timezone()"

func isHello(sql string) bool { return strings.TrimSpace(sql) == helloQuery }

// hello answers the handshake with revision 0, because the engine writes the
// Native format as of revision 0. Only this answer itself is encoded as of the
// client's own revision, which the client assumes until it has read it.
func (g *Gateway) hello(req *request, out *response) error {
	var version string
	conn, err := g.opts.Connect()
	if err != nil {
		return err
	}
	defer conn.Close()
	err = conn.Query("SELECT version()", "TabSeparatedRaw", nil, func(b []byte, _ chdb.Stats) error {
		version = strings.TrimSpace(string(b))
		return nil
	})
	if err != nil {
		return err
	}
	if req.format != "Native" {
		out.begin("TabSeparated", chdb.Stats{})
		return out.write([]byte("fenghuo\t" + version + "\t0\tUTC\n"))
	}
	block := native.NewBlock()
	values := []any{"fenghuo", version, uint32(0), "UTC"}
	for i, c := range []struct{ name, kind string }{{"displayName()", "String"}, {"version()", "String"}, {"revision()", "UInt32"}, {"timezone()", "String"}} {
		if err := block.AddColumn(c.name, column.Type(c.kind)); err != nil {
			return err
		}
		if err := block.Columns[i].AppendRow(values[i]); err != nil {
			return err
		}
	}
	var buf proto.Buffer
	if err := block.Encode(&buf, req.protocol); err != nil {
		return err
	}
	out.begin("Native", chdb.Stats{})
	return out.write(buf.Buf)
}
