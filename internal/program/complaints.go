package program

// Complaints says to whom applicants can turn outside of the house. With none named,
// policy's own list holds, which is for everybody.
type Complaints struct {
	Outside []OutsideBody `json:"outside,omitempty" yaml:"outside"`
}

// OutsideBody is an authority that takes complaints.
type OutsideBody struct {
	Name    string   `json:"name" yaml:"name"`
	About   string   `json:"about" yaml:"about"`             // for which complaints
	Contact string   `json:"contact" yaml:"contact"`         // where
	Source  string   `json:"source" yaml:"source"`           // of its being named: a law, an address
	States  []string `json:"states,omitempty" yaml:"states"` // of the applicants who are told of it; none: everywhere
}
