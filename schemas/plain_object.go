package schemas

import (
	"bytes"
	"encoding/binary"
)

// PlainObject reads a JSON object as programs write most: without space around
// its parts, of strings and numbers alone, and without a backslash or a control
// character. It calls field with every key and value as they stand there, a
// string in its quotes. Where it is not ok, data is an object of another kind or
// none at all, and field may have been called for what came before; a reader of
// all JSON has to begin anew. Whether strings are UTF-8 is left to the caller.
func PlainObject(data []byte, field func(key, value []byte)) (ok bool) {
	if len(data) == 0 || data[0] != '{' || bytes.IndexByte(data, '\\') >= 0 || hasLow(data) {
		return false
	}
	for {
		data = data[1:] // the brace or a comma
		key, ok := plainString(data)
		if !ok {
			return false
		}
		if data = data[len(key):]; len(data) < 2 || data[0] != ':' {
			return false
		}
		data = data[1:]
		value, ok := plainString(data)
		if !ok {
			if value, ok = plainNumber(data); !ok {
				return false
			}
		}
		field(key[1:len(key)-1], value)
		data = data[len(value):]
		if len(data) == 1 && data[0] == '}' {
			return true
		}
		if len(data) == 0 || data[0] != ',' {
			return false
		}
	}
}

// plainString is the string that data begins with, in its quotes.
func plainString(data []byte) (s []byte, ok bool) {
	if len(data) < 2 || data[0] != '"' {
		return nil, false
	}
	end := bytes.IndexByte(data[1:], '"')
	return data[:end+2], end >= 0
}

// plainNumber is the number that data begins with.
func plainNumber(data []byte) (n []byte, ok bool) {
	i := 0
	digits := func() bool {
		from := i
		for i < len(data) && data[i] >= '0' && data[i] <= '9' {
			i++
		}
		return i > from
	}
	is := func(a, b byte) bool { return i < len(data) && (data[i] == a || data[i] == b) }
	if is('-', '-') {
		i++
	}
	if is('0', '0') {
		i++
	} else if !digits() {
		return nil, false
	}
	if is('.', '.') {
		if i++; !digits() {
			return nil, false
		}
	}
	if is('e', 'E') {
		if i++; is('+', '-') {
			i++
		}
		if !digits() {
			return nil, false
		}
	}
	return data[:i], true
}

// hasLow says whether data has a byte below the space, eight at a time: a byte
// of w borrows from its highest bit where it is less than the space.
func hasLow(data []byte) bool {
	const each, high = 0x0101010101010101, 0x8080808080808080
	for ; len(data) >= 8; data = data[8:] {
		w := binary.LittleEndian.Uint64(data)
		if (w-each*' ')&^w&high != 0 {
			return true
		}
	}
	for _, c := range data {
		if c < ' ' {
			return true
		}
	}
	return false
}
