// Package lists has small sanctions and exclusion lists of invented people, in
// the formats of OFAC, of the OIG and of SAM.gov, so that the development stack needs no
// download and a person can reach every outcome by hand.
package lists

import (
	"embed"
	"fmt"
	"io/fs"
)

//go:embed ofac leie sam
var files embed.FS

// OFAC is a folder that ofac.Load reads.
func OFAC() fs.FS { return sub("ofac") }

// LEIE is a folder that leie.Load reads.
func LEIE() fs.FS { return sub("leie") }

// SAM is a folder that sam.Load reads.
func SAM() fs.FS { return sub("sam") }

// All is a folder with the folders ofac, leie and sam.
func All() fs.FS { return files }

func sub(dir string) fs.FS {
	out, err := fs.Sub(files, dir)
	if err != nil {
		panic(fmt.Sprintf("lists: %v", err)) // dir is one of three constants
	}
	return out
}

// Steer is one line of the table by which a person reaches an outcome.
type Steer struct {
	Given, Middle, Family, Born string // as typed
	State                       string // as typed; empty: any
	Sanctions, Exclusions       bool   // whether the check is flagged
	Debarment                   bool   // the same
	Why                         string
}

// Steering is the table. A test holds it against the lists.
func Steering() []Steer {
	return []Steer{
		{Given: "Viktor", Family: "Sandboxov", Born: "1971-02-14", Sanctions: true, Why: "the name and date of birth of an entry"},
		{Given: "Sandboxov", Family: "Victor", Born: "1971-02-15", Sanctions: true, Why: "turned round, spelled otherwise, a slip in the day"},
		{Given: "Wiktor", Family: "Sandboksov", Born: "1971-02-14", Sanctions: true, Why: "an alias"},
		{Given: "Viktor", Family: "Sandboxov", Born: "1995-08-30", Why: "the name of an entry, but born on another day: clear"},
		{Given: "Mohamed", Middle: "Sandbox", Family: "Al Mithali", Born: "1967-05-05", Sanctions: true, Why: "another transliteration, about the year"},
		{Given: "Exa", Family: "Excluded", Born: "1980-02-29", Exclusions: true, Why: "an excluded person"},
		{Given: "Exa", Family: "Excluded", Born: "1999-01-01", Why: "the name of an excluded person, but born on another day: clear"},
		{Given: "Debra", Family: "Debarred", Born: "1985-05-05", State: "OR", Debarment: true, Why: "a person excluded from federal contracts; this list has no dates of birth"},
		{Given: "Debra", Family: "Debarred", Born: "1985-05-05", State: "TX", Debarment: true, Why: "the same name in another state: people move, so a person looks"},
		{Given: "Debbra", Family: "Debared", Born: "1985-05-05", State: "TX", Why: "a name that is only alike, in another state: clear"},
		{Given: "Terry", Family: "Terminated", Born: "1970-07-07", State: "OR", Why: "somebody whose exclusion has ended: clear"},
		{Given: "Ada", Family: "Example", Born: "1990-04-27", Why: "nobody on a list"},
	}
}
