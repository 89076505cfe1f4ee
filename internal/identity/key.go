package identity

import "slices"

// Key is an API key that was given and holds: what it may do, and for which
// programs. The zero Key may do nothing.
type Key struct {
	ID       string
	actions  []Action // none: nothing, unless every is set
	every    bool     // every action that there is
	programs []string // none: all
}

// May reports whether the key may be used for the action with an applicant of the
// program. For what belongs to no program give "".
func (k Key) May(a Action, program string) bool {
	return k.allowed(a) && a.within(k.programs, program)
}

// MayAny reports whether the key may be used for the action at all.
func (k Key) MayAny(a Action) bool { return k.allowed(a) && a.withinAny(k.programs) }

// Programs are those whose applicants the key reaches; none: all.
func (k Key) Programs() []string { return slices.Clone(k.programs) }

// Actor is how the ledger names the key: "api:<id>".
func (k Key) Actor() string { return "api:" + k.ID }

func (k Key) allowed(a Action) bool {
	return a.Known() && (k.every || slices.Contains(k.actions, a))
}

// NewKey makes a key that may do these actions, for these programs; no programs:
// all of them.
func NewKey(id string, actions []Action, programs []string) Key {
	return Key{ID: id, actions: slices.Clone(actions), programs: slices.Clone(programs)}
}
