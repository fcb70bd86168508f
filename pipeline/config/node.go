package config

import (
	"fmt"
	"math"
	"strconv"

	"github.com/goccy/go-yaml/ast"
)

// position is a place in the file, from 1.
type position struct{ line, column int }

func positionOf(n ast.Node) position {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return positionOf(n.Values[0].Key)
		}
	case *ast.MappingValueNode:
		return positionOf(n.Key)
	}
	p := n.GetToken().Position
	return position{p.Line, p.Column}
}

func keyOf(e *ast.MappingValueNode) string {
	if s, ok := e.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return e.Key.GetToken().Value
}

func integerOf(n ast.Node) (int64, bool) {
	switch value := n.(type) {
	case *ast.IntegerNode:
		switch i := value.Value.(type) {
		case int64:
			return i, true
		case uint64:
			return int64(i), i <= math.MaxInt64
		}
	case *ast.FloatNode:
		return int64(value.Value), value.Value == math.Trunc(value.Value) && math.Abs(value.Value) < 1<<53
	}
	return 0, false
}

func floatOf(n ast.Node) (float64, bool) {
	if f, ok := n.(*ast.FloatNode); ok {
		return f.Value, true
	}
	i, ok := integerOf(n)
	return float64(i), ok
}

// kindOf names what stands in the file, for messages.
func kindOf(n ast.Node) string {
	switch n := n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode:
		return fmt.Sprintf("the string %s", strconv.Quote(n.Value))
	case *ast.LiteralNode:
		return "a block of text"
	case *ast.BoolNode:
		return fmt.Sprintf("%s (quote it to make it a string)", n.Token.Value)
	case ast.ScalarNode:
		return "the number " + n.GetToken().Value
	}
	return "this"
}
