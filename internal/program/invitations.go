package program

import "strconv"

// Invitations says how people are invited to a program whose addresses a client
// gave. Without it nobody is.
type Invitations struct {
	ExpireAfterDays int   `json:"expire_after_days" yaml:"expire_after_days"`
	RemindAfterDays []int `json:"remind_after_days,omitempty" yaml:"remind_after_days"` // two at most
	// AgainAfterDays is how long after an invitation's end the same list sent again
	// invites nobody anew.
	AgainAfterDays int `json:"again_after_days" yaml:"again_after_days"`
	// Source tells the invited where their address comes from, a sentence by language
	// (BCP 47); English is always there (GDPR Art. 14(2)(f)).
	Source map[string]string `json:"source" yaml:"source"`
}

// SourceIn is the source's sentence in a language, else in English.
func (in Invitations) SourceIn(language string) string {
	if s := in.Source[language]; s != "" {
		return s
	}
	return in.Source["en"]
}

// Open reports whether the program invites people.
func (in Invitations) Open() bool { return in.ExpireAfterDays > 0 }

func senseOfInvitations(in Invitations) []fault {
	var out []fault
	last := 0
	for i, d := range in.RemindAfterDays {
		switch {
		case d <= last:
			out = append(out, fault{"each reminder comes after the one before", []string{"invitations", "remind_after_days", strconv.Itoa(i)}})
		case d >= in.ExpireAfterDays:
			out = append(out, fault{"must be before the invitation expires", []string{"invitations", "remind_after_days", strconv.Itoa(i)}})
		}
		last = d
	}
	return out
}
