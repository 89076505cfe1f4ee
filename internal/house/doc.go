// Package house holds the rules of the house, as tests: which way imports run,
// which versions are pinned and why, how long a file may be, what may stand at
// the top of the tree, and that the documents say what the program does. It has
// no code that anybody may import.
package house
