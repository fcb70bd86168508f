package analyzer

// homonym is what a name that is also something else needs beside it.
type homonym struct{ context, exclude []string }

var homonyms = map[string]homonym{}
