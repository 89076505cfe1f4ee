package consent

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

// What a new version of a notice may change. All but wording is asked for anew: who
// agreed to the text before has not agreed to that (obligation 65).
const (
	ChangesWording    = "wording"
	ChangesPurposes   = "purposes"
	ChangesFields     = "fields"
	ChangesRecipients = "recipients"
)

// RollOut is a version of a notice that people are told of before it holds.
type RollOut struct {
	ID        string    `json:"id"` // the notice's
	Version   string    `json:"version"`
	Effective time.Time `json:"effective"`
	// Told says that all that were owed a letter were sent one. Before that it cannot
	// take effect, whatever the day (obligation 64).
	Told  bool      `json:"told"`
	Since time.Time `json:"since,omitzero"` // when that was so
	// Owner is who takes over, where it is that that people are told of (obligation 34).
	Owner *Owner `json:"owner,omitempty"`
	// Off is when it was called off: it never takes effect. Zero: it was not.
	Off time.Time `json:"off,omitzero"`
}

// Owner is who takes over what we keep.
type Owner struct {
	Name    string `json:"name"`
	Contact string `json:"contact"` // how to reach them, a sentence
}

// OwnerChange stands in the place of a notice's ID where people are told that somebody
// takes over.
const OwnerChange = "new-owner"

// rolled is what of the roll-outs is known in this process.
type rolled struct {
	inForce   map[[2]string]bool
	off       map[[2]string]bool
	announced []RollOut
}

var rollOuts atomic.Pointer[rolled]

// SetRollOuts takes up how far the roll-outs are. Until it was called, and for a
// version that is not among them, only those notices are in force that need no
// roll-out: a process that does not know shows the older text.
func SetRollOuts(list []RollOut, now time.Time) {
	next := &rolled{inForce: map[[2]string]bool{}, off: map[[2]string]bool{}}
	for _, r := range list {
		if !r.Off.IsZero() {
			next.off[[2]string{r.ID, r.Version}] = true
			continue
		}
		if r.Told && !now.Before(r.Effective) {
			next.inForce[[2]string{r.ID, r.Version}] = true
			continue
		}
		next.announced = append(next.announced, r)
	}
	rollOuts.Store(next)
}

// InForce reports whether the text holds: it can be agreed to.
func (n Notice) InForce() bool {
	if !n.RollOut {
		return true
	}
	known := rollOuts.Load()
	return known != nil && known.inForce[[2]string{n.ID, n.Version}]
}

// CalledOff reports whether a version was rolled out and called off: it never holds.
func CalledOff(id, version string) bool {
	known := rollOuts.Load()
	return known != nil && known.off[[2]string{id, version}]
}

// AskedAnew reports whether who agreed to an older version is asked whether they
// agree to this one. Until they do, theirs holds.
func (n Notice) AskedAnew() bool {
	return slices.ContainsFunc(strings.Split(n.Changes, ", "), func(c string) bool {
		return c == ChangesPurposes || c == ChangesFields || c == ChangesRecipients
	})
}

// Announced lists what people are being told of, with the day from which on it holds.
func Announced() []RollOut {
	known := rollOuts.Load()
	if known == nil {
		return nil
	}
	return slices.Clone(known.announced)
}

// Waiting lists the versions, in English, that are newer than what holds and need a
// roll-out: those that can be rolled out, and those that are being.
func Waiting() []Notice {
	var out []Notice
	for _, n := range notices {
		now, ok := current(n.Purpose, n.Kind, "en")
		if n.Language == "en" && n.RollOut && !n.InForce() && !CalledOff(n.ID, n.Version) && ok && n.Version > now.Version {
			out = append(out, n)
		}
	}
	return out
}

// Version gives a version of a notice in a language, or in English where it is not in
// that one; false when there is none.
func Version(id, version, language string) (Notice, bool) {
	var found Notice
	for _, n := range notices {
		if n.ID == id && n.Version == version && (n.Language == language || n.Language == "en" && found.ID == "") {
			found = n
		}
	}
	return found, found.ID != ""
}

// Editions gives a version of a notice in every language that it has.
func Editions(id, version string) []Notice {
	var out []Notice
	for _, n := range notices {
		if n.ID == id && n.Version == version {
			out = append(out, n)
		}
	}
	return out
}

// Outdated gives the live receipt for the purpose and kind when it is of an older
// version than this one: its holder is owed a letter before the new one holds.
// Versions are days, so their order is that of their letters.
func (g Register) Outdated(p PurposeID, k Kind, version string) (Receipt, bool) {
	r, ok := g.find(p, k)
	return r, ok && r.Notice.Version < version
}
