package program

import (
	"bytes"
	"cmp"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"gopkg.in/yaml.v3"

	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

//go:embed files/*.yaml trial/*.yaml
var builtIn embed.FS

//go:embed schema.json
var schemaJSON []byte

var schema = mustSchema()

func mustSchema() *jsonschema.Schema {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schemaJSON))
	if err != nil {
		panic(fmt.Sprintf("program: schema.json: %v", err))
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("schema.json", doc); err != nil {
		panic(fmt.Sprintf("program: schema.json: %v", err))
	}
	return c.MustCompile("schema.json")
}

// Problem is one fault of a program file.
type Problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`   // 1 for the first; 0 when the file could not be read
	Where  string `json:"where"`  // path inside the file, such as checks/0/name
	Reason string `json:"reason"` // in plain words
}

// String gives file:line, place and reason.
func (p Problem) String() string {
	place := p.File
	if p.Line > 0 {
		place += ":" + strconv.Itoa(p.Line)
	}
	if p.Where != "" {
		return place + ": " + p.Where + ": " + p.Reason
	}
	return place + ": " + p.Reason
}

// Load reads every *.yaml file of a folder, or the programs inside the binary
// when dir is empty. Any fault in any file fails it, with all faults named:
// a wrong program stops the start, not an applicant.
func Load(dir string) (*Set, error) {
	if dir != "" {
		return LoadFS(os.DirFS(dir), dir)
	}
	return loadInside("files")
}

// LoadTrial reads the programs inside the binary, and besides those that make use
// of every vendor: for one machine, where the sandbox plays them all.
func LoadTrial() (*Set, error) {
	usual, err := loadInside("files")
	if err != nil {
		return nil, err
	}
	more, err := loadInside("trial")
	if err != nil {
		return nil, err
	}
	return newSet(append(usual.programs, more.programs...)), nil
}

func loadInside(folder string) (*Set, error) {
	files, err := fs.Sub(builtIn, folder)
	if err != nil {
		return nil, err
	}
	return LoadFS(files, "")
}

// LoadFS is Load over any file system; name stands before the files' names in
// errors.
func LoadFS(files fs.FS, name string) (*Set, error) {
	names, err := fs.Glob(files, "*.yaml")
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("there is no *.yaml program file in %s", name)
	}
	var programs []Program
	var errs []error
	first := map[string]string{} // the file of each ID
	for _, n := range names {
		body, err := fs.ReadFile(files, n)
		if err != nil {
			return nil, err
		}
		file := filepath.Join(name, n)
		p, line, problems := parse(file, body)
		if other, ok := first[p.ID]; ok {
			problems = append(problems, Problem{File: file, Line: line, Where: "id", Reason: fmt.Sprintf("%s has the same; give each program its own", other)})
		} else if p.ID != "" {
			first[p.ID] = file
		}
		for _, problem := range problems {
			errs = append(errs, errors.New(problem.String()))
		}
		programs = append(programs, p)
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return newSet(programs), nil
}

// Check gives every fault of one file; none means that it can be used.
func Check(path string) []Problem {
	body, err := os.ReadFile(path)
	if err != nil {
		return []Problem{{File: path, Reason: err.Error()}}
	}
	_, _, problems := parse(path, body)
	return problems
}

// parse gives the program, the line on which its ID stands, and its faults.
func parse(file string, body []byte) (Program, int, []Problem) {
	if line, reason := oddBytes(body); line > 0 {
		return Program{}, 0, []Problem{{File: file, Line: line, Reason: reason}}
	}
	var root, more yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(body))
	if err := documents.Decode(&root); err != nil && !errors.Is(err, io.EOF) {
		return Program{}, 0, ofYAML(file, body, err)
	}
	if len(root.Content) == 0 {
		return Program{}, 0, []Problem{{File: file, Line: 1, Reason: "the file is empty"}}
	}
	if err := documents.Decode(&more); !errors.Is(err, io.EOF) {
		return Program{}, 0, []Problem{{File: file, Line: max(more.Line, 1), Reason: "there is more than one document; give each program its own file"}}
	}
	if problems := oddNodes(file, &root); len(problems) > 0 {
		return Program{}, 0, problems
	}
	var value any
	if err := root.Decode(&value); err != nil {
		return Program{}, 0, ofYAML(file, body, err)
	}
	if problems := checkSchema(file, &root, value); len(problems) > 0 {
		return Program{}, 0, problems
	}
	var p Program
	if err := root.Decode(&p); err != nil {
		return Program{}, 0, ofYAML(file, body, err)
	}
	p.Review.SecondReviewer = cmp.Or(p.Review.SecondReviewer, SecondNever)
	return p, lineAt(&root, []string{"id"}), checkSense(file, &root, p)
}

func checkSchema(file string, root *yaml.Node, value any) []Problem {
	asJSON, err := json.Marshal(value) // numbers as the schema's library wants them
	if err != nil {
		return []Problem{{File: file, Line: 1, Reason: err.Error()}}
	}
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return []Problem{{File: file, Line: 1, Reason: err.Error()}}
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(doc); !errors.As(err, &invalid) {
		return nil
	}
	var problems []Problem
	var walk func(*jsonschema.ValidationError)
	walk = func(v *jsonschema.ValidationError) {
		for _, cause := range v.Causes {
			walk(cause)
		}
		if len(v.Causes) > 0 {
			return
		}
		fault := func(at []string, reason string) {
			problems = append(problems, Problem{File: file, Line: lineAt(root, at), Where: strings.Join(at, "/"), Reason: reason})
		}
		if extra, ok := v.ErrorKind.(*kind.AdditionalProperties); ok {
			for _, key := range extra.Properties {
				fault(append(slices.Clone(v.InstanceLocation), key), "is no key of a program file")
			}
			return
		}
		fault(v.InstanceLocation, plain(v.ErrorKind))
	}
	walk(invalid)
	sortProblems(problems)
	return problems
}

func sortProblems(p []Problem) {
	slices.SortStableFunc(p, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Where, b.Where), cmp.Compare(a.Reason, b.Reason))
	})
}

// lineAt finds the line of a path, or of the last part of it that is there.
func lineAt(n *yaml.Node, path []string) int {
	if n.Kind == yaml.DocumentNode {
		n = n.Content[0]
	}
	line := n.Line
	for _, part := range path {
		if n.Kind == yaml.AliasNode {
			n = n.Alias
		}
		var next *yaml.Node
		switch n.Kind {
		case yaml.MappingNode:
			for i := 0; i+1 < len(n.Content); i += 2 {
				if n.Content[i].Value == part {
					line, next = n.Content[i].Line, n.Content[i+1]
				}
			}
		case yaml.SequenceNode:
			if i, err := strconv.Atoi(part); err == nil && i < len(n.Content) {
				next = n.Content[i]
				line = next.Line
			}
		default: // nothing lies in it
		}
		if next == nil {
			return line
		}
		n = next
	}
	return line
}

// ours are the vendors that are no third party: nothing is sent to them.
var ours = []string{"own", "ofac", "leie", "sam"}

// Ours reports whether nothing leaves the house when the vendor is asked, so that it
// needs no agreement.
func Ours(vendor string) bool { return slices.Contains(ours, vendor) }

// adapters says who can do which check.
var adapters = map[onboarding.CheckName][]string{
	onboarding.CheckEmail:      {"kickbox"},
	onboarding.CheckPhone:      {"twilio"},
	onboarding.CheckAddress:    {"smarty"},
	onboarding.CheckIPRisk:     {"maxmind"},
	onboarding.CheckNationalID: {"own"},
	onboarding.CheckIdentity:   {"stripe"},
	onboarding.CheckSanctions:  {"ofac", "watchman", "yente"},
	onboarding.CheckExclusions: {"leie"},
	onboarding.CheckDebarment:  {"sam"},
	onboarding.CheckDuplicate:  {"own"},
	onboarding.CheckBackground: {"findly", "checkr"},
}

// Does reports whether there is an adapter by which the vendor does the check.
func Does(check onboarding.CheckName, vendor string) bool {
	return slices.Contains(adapters[check], vendor)
}

// Doers lists the vendors that can do a check, or any check when it is empty, by name.
func Doers(check onboarding.CheckName) []string {
	var out []string
	for name, vendors := range adapters {
		if check == "" || name == check {
			out = append(out, vendors...)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// checkSense finds what a schema cannot say.
func checkSense(file string, root *yaml.Node, p Program) []Problem {
	var problems []Problem
	bad := func(reason string, path ...string) {
		problems = append(problems, Problem{File: file, Line: lineAt(root, path), Where: strings.Join(path, "/"), Reason: reason})
	}
	seen := map[onboarding.CheckName]bool{}
	for i, c := range p.Checks {
		at := strconv.Itoa(i)
		if seen[c.Name] {
			bad(fmt.Sprintf("the check %q stands here twice", c.Name), "checks", at)
		}
		seen[c.Name] = true
		if !slices.Contains(adapters[c.Name], c.Vendor) {
			bad(fmt.Sprintf("%q cannot do the check %q; use one of: %s", c.Vendor, c.Name, strings.Join(adapters[c.Name], ", ")), "checks", at, "vendor")
		}
		if _, ok := p.Vendors[c.Vendor]; !ok && !slices.Contains(ours, c.Vendor) {
			bad(fmt.Sprintf("the vendor %q is inactive: state its agreement's version and date under vendors", c.Vendor), "checks", at, "vendor") // obligation 39
		}
	}
	for _, f := range senseOfAlternatives(p) {
		bad(f.reason, slices.Concat([]string{"checks"}, f.at)...)
	}
	if !seen[onboarding.CheckBackground] {
		bad("there is no background check; vetting needs one", "checks")
	}
	if m := p.Messages.SMS; m != "" {
		if _, ok := p.Vendors[m]; !ok {
			bad(fmt.Sprintf("the vendor %q is inactive: state its agreement's version and date under vendors", m), "messages", "sms") // obligation 39
		}
	}
	for _, c := range p.Checks {
		for _, vendor := range append([]string{c.Vendor}, c.Alternatives...) {
			if v, ok := p.Vendors[vendor]; ok && c.Name == onboarding.CheckBackground && v.Agency.Name == "" {
				bad("who makes background reports is named in the notices: give agency with name, address and phone (15 USC 1681m)", "vendors", vendor)
			}
		}
	}
	if p.Vetting.Flow == FlowInvitation {
		for _, c := range p.Checks {
			if c.Name == onboarding.CheckBackground && c.Vendor != "checkr" {
				bad(fmt.Sprintf("%q does not invite applicants itself; checkr does", c.Vendor), "vetting", "flow")
			}
		}
	}
	for _, f := range senseOfAgreements(p) {
		bad(f.reason, slices.Concat([]string{"vendors"}, f.at)...)
	}
	for i, r := range p.Adjudication {
		for _, f := range senseOfRule(r, seen) {
			bad(f.reason, slices.Concat([]string{"adjudication", strconv.Itoa(i)}, f.at)...)
		}
	}
	for _, reason := range p.idle() {
		bad(reason, "texts")
	}
	for _, f := range senseOfCertification(p.Certification) {
		bad(f.reason, slices.Concat([]string{"certification"}, f.at)...)
	}
	for _, f := range senseOfRenewal(p, seen) {
		bad(f.reason, f.at...)
	}
	for _, f := range senseOfInvitations(p.Invitations) {
		bad(f.reason, f.at...)
	}
	for _, f := range senseOfRetention(p) {
		bad(f.reason, f.at...)
	}
	if p.Drafts.RemindAfterDays >= p.Drafts.ExpireAfterDays {
		bad("must be before the draft expires", "drafts", "remind_after_days")
	}
	if p.Controller.Role == "processor" && p.Controller.Instruction == "" {
		bad("a processor collects on the client's instruction: name it here", "controller", "instruction") // obligation 10
	}
	sortProblems(problems)
	return problems
}
