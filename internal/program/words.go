package program

import (
	"bytes"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"gopkg.in/yaml.v3"
)

// Who writes a program file need not know JSON Schema, so its faults are told in
// other words here than its library has.

// types are the names of values.
var types = map[string]string{"object": "a group of keys", "array": "a list", "string": "text", "number": "a number", "integer": "a whole number",
	"boolean": "true or false", "null": "nothing"}

// forms says what the schema's patterns ask for; a test holds that each is here.
var forms = map[string]string{
	"^[a-z][a-z0-9-]{1,40}$":         "must be small letters, digits and hyphens, 2 to 41 of them, with a letter first",
	"^[a-z0-9_-]{1,40}$":             "must be small letters, digits, hyphens and underscores, 40 at most",
	"^[a-z]{2}$":                     "must be a language in two small letters, such as es",
	"^US(-[A-Z]{2}(-[A-Z]{2,6})?)?$": "must be a place such as US, US-CA or US-CA-LA",

	`^[^@\s]+@[^@\s]+\.[^@\s]+$`: "must be an e-mail address",

	"^[A-Z]{2}$": "must be the two capital letters of a state",

	"^[a-z0-9][a-z0-9-]{1,59}$":       "must be 2 to 60 small letters, digits and hyphens, as the vendor names its sub-processor",
	"^[a-z0-9][a-z0-9._-]{0,59}$":     "must be a file's name of small letters, digits, dots, hyphens and underscores, 60 at most",
	"^([01][0-9]|2[0-3]):[0-5][0-9]$": "must be a time of day such as 09:30, in quotation marks",
}

func plain(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.Type:
		want := types[k.Want[0]]
		if k.Got == "number" && want == "text" {
			return "is a number; put it in quotation marks"
		}
		return fmt.Sprintf("is %s; it must be %s", types[k.Got], want)
	case *kind.Required:
		return "has no " + strings.Join(k.Missing, ", no ")
	case *kind.Enum:
		var words []string
		for _, w := range k.Want {
			if w != "" {
				words = append(words, fmt.Sprint(w))
			}
		}
		return "must be one of: " + strings.Join(words, ", ")
	case *kind.Pattern:
		if form, ok := forms[k.Want]; ok {
			return form
		}
	case *kind.Minimum:
		return "must be at least " + number(k.Want)
	case *kind.ExclusiveMinimum:
		return "must be more than " + number(k.Want)
	case *kind.Maximum:
		return "must be at most " + number(k.Want)
	case *kind.MinLength:
		if k.Got == 0 {
			return "is empty"
		}
		return fmt.Sprintf("must have at least %d characters", k.Want)
	case *kind.MaxLength:
		return fmt.Sprintf("must have at most %d characters", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d in it", k.Want)
	}
	return k.LocalizedString(english)
}

var english = message.NewPrinter(language.English)

func number(r *big.Rat) string {
	f, _ := r.Float64()
	return fmt.Sprint(f)
}

// plainTags are the tags of values that a program file may have.
var plainTags = []string{"!!str", "!!int", "!!float", "!!bool", "!!null", "!!map", "!!seq", "!!timestamp"}

// oddNodes finds what YAML has and a program file has no use for, and which would
// go wrong further on in words that nobody understands.
func oddNodes(file string, n *yaml.Node) []Problem {
	var problems []Problem
	bad := func(at *yaml.Node, reason string) {
		problems = append(problems, Problem{File: file, Line: at.Line, Reason: reason})
	}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		switch n.Kind {
		case yaml.AliasNode:
			return // what it stands for is walked where it is written
		case yaml.MappingNode:
			for i := 0; i < len(n.Content); i += 2 {
				if key := n.Content[i]; key.Kind != yaml.ScalarNode {
					bad(key, "a key must be a word")
				} else if tag := key.ShortTag(); tag != "!!str" && tag != "!!merge" {
					bad(key, fmt.Sprintf("the key %s must be a word", key.Value))
				}
			}
		case yaml.ScalarNode:
			number := strings.ToLower(strings.TrimLeft(n.Value, "+-"))
			if n.ShortTag() == "!!float" && (number == ".nan" || number == ".inf") {
				bad(n, n.Value+" is no number")
			}
		case yaml.DocumentNode, yaml.SequenceNode:
		}
		if n.Style&yaml.TaggedStyle != 0 && !slices.Contains(plainTags, n.ShortTag()) {
			bad(n, n.ShortTag()+" has no meaning here; leave it out")
		}
		for _, c := range n.Content {
			walk(c)
		}
	}
	walk(n)
	sortProblems(problems)
	return problems
}

// oddBytes finds the first byte that no text file has, which the YAML library
// refuses without saying where. Line is 0 when there is none.
func oddBytes(body []byte) (line int, reason string) {
	line = 1
	for i := 0; i < len(body); {
		r, n := utf8.DecodeRune(body[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			return line, "the file is not in UTF-8"
		case r == '\n':
			line++
		case (r < ' ' && r != '\t' && r != '\r') || r == 0x7f:
			return line, fmt.Sprintf("there is a control character (%U)", r)
		}
		i += n
	}
	return 0, ""
}

// ofYAML tells the faults that the YAML library found.
func ofYAML(file string, body []byte, err error) []Problem {
	texts := []string{strings.TrimPrefix(err.Error(), "yaml: ")}
	var many *yaml.TypeError
	if errors.As(err, &many) {
		texts = many.Errors
	}
	var problems []Problem
	for _, text := range texts {
		p := Problem{File: file, Line: 1, Reason: text}
		var n int
		var anchor string
		if _, err := fmt.Sscanf(text, "line %d:", &n); err == nil {
			_, p.Reason, _ = strings.Cut(text, ": ")
			p.Line = n
			if strings.HasPrefix(p.Reason, "did not find expected") {
				p.Line++ // these the library counts from 0, and all others from 1
			}
		} else if _, err := fmt.Sscanf(text, "unknown anchor '%s referenced", &anchor); err == nil {
			// The one fault in a text of whole characters that comes without a line.
			before, _, _ := bytes.Cut(body, []byte("*"+strings.TrimSuffix(anchor, "'")))
			p.Line += bytes.Count(before, []byte("\n"))
		}
		problems = append(problems, p)
	}
	return problems
}
