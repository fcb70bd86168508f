package gateway

import (
	"context"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strings"

	"fenghuo/pipeline/embedded/chdb"
)

// execute runs the request and writes its answer. An error after the answer's
// beginning is the client's to be told in band.
func (g *Gateway) execute(ctx context.Context, req *request, out *response) error {
	if isHello(req.sql) {
		if err := g.hello(req, out); err != nil {
			return err
		}
		return out.finish()
	}
	conn, err := g.sessions.take(req.session, req.sessionCheck)
	if err != nil {
		return err
	}
	defer func() { g.sessions.give(req.session, conn, req.sessionTimeout) }()
	class := conn.Classify(req.sql).Class
	if err := checkReadonly(req, class); err != nil {
		return err
	}
	mark := g.mark()
	if err := prepare(conn, req, mark); err != nil {
		return err
	}
	stop := g.killOn(ctx, mark)
	defer stop()
	switch {
	case req.st.insert != "":
		err = insert(conn, req, out)
	case req.st.streams(first(req.st.format, req.format)) && !req.whole && class == chdb.ReadOnly:
		err = stream(conn, req, out)
	default:
		err = conn.Query(req.sql, req.format, req.params, func(result []byte, s chdb.Stats) error {
			out.begin(first(req.st.format, req.format), s)
			if len(result) == 0 {
				return nil
			}
			return out.write(result)
		})
	}
	if err != nil {
		return err
	}
	return out.finish()
}

// checkReadonly keeps GET from changing anything, as HTTP has it. What does not
// parse is left to the engine, which says why.
func checkReadonly(req *request, class chdb.Class) error {
	if !req.readonly || class == chdb.ReadOnly || class == chdb.Unknown && req.st.insert == "" {
		return nil
	}
	if class == chdb.Control && (req.st.verb == "USE" || req.st.verb == "SET") {
		return nil // of a named session
	}
	return exception(codeReadonly, "READONLY", "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use method POST for modifying queries")
}

// prepare sets the session's database and settings.
func prepare(conn *chdb.Conn, req *request, mark string) error {
	if req.database != "" {
		if err := conn.Query("USE "+identifier(req.database), "Null", nil, nil); err != nil {
			return err
		}
	}
	settings := maps.Clone(req.settings)
	settings["log_comment"] = mark + " " + settings["log_comment"]
	sets := make([]string, 0, len(settings))
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !settingName.MatchString(name) {
			return exception(codeUnknownSetting, "UNKNOWN_SETTING", "Unknown setting %q", name)
		}
		sets = append(sets, name+" = "+literal(settings[name]))
	}
	return conn.Query("SET "+strings.Join(sets, ", "), "Null", nil, nil)
}

var settingName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var escaper = strings.NewReplacer(`\`, `\\`, `'`, `\'`, "`", "\\`")

func literal(s string) string    { return "'" + escaper.Replace(s) + "'" }
func identifier(s string) string { return "`" + escaper.Replace(s) + "`" }

// stream sends a SELECT's output as the engine makes it. The headers wait for
// the first piece, so that what fails at once has its status.
func stream(conn *chdb.Conn, req *request, out *response) error {
	s, err := conn.Stream(req.sql, req.format, req.params)
	if err != nil {
		return err
	}
	defer s.Close()
	for {
		piece, stats, err := s.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		out.begin(first(req.st.format, req.format), stats)
		if err != nil {
			return nil
		}
		if err := out.write(piece); err != nil {
			return err
		}
	}
}

// insert passes the data on as they come in.
func insert(conn *chdb.Conn, req *request, out *response) error {
	ins, err := conn.Insert(req.st.insert, req.st.format, req.params)
	if err != nil {
		return err
	}
	defer ins.Close()
	buf := make([]byte, headSize)
	for {
		n, err := req.data.Read(buf)
		if n > 0 {
			if _, err := ins.Write(buf[:n]); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return exception(codeCannotReadAllData, "CANNOT_READ_ALL_DATA", "The data of the insert ended early: %v", err)
		}
	}
	stats, err := ins.Commit()
	if err != nil {
		return err
	}
	out.begin(req.format, stats)
	return nil
}
