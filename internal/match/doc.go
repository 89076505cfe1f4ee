// Package match compares people's names, dates of birth and places with the
// entries of public lists. It is pure: no I/O, no clock, no randomness.
//
// A score is a hint for a person, never a judgment: 15 USC 1681e(b) asks for
// more than a name before a record counts as somebody's, so a date of birth
// that agrees lifts a score and one that disagrees lowers it, while a date that
// the list does not have changes nothing. Whatever reaches a program's threshold
// goes to a reviewer with its parts.
package match
