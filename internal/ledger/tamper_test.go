package ledger_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
)

// What an intruder with the keys of the bucket, or the disk below it, could do
// to a ledger (obligation 47: tampering is found). Each test begins with the same
// whole ledger in a bucket that lets itself be changed.

type victim struct {
	id    onboarding.ApplicantID
	held  memory
	pages []ledger.Page
	head  ledger.Chain
}

func newVictim(t *testing.T) victim {
	t.Helper()
	v := victim{id: newApplicant(), held: memory{}}
	v.pages, v.head = compose(v.id, story())
	if _, err := ledger.NewBook(v.held).Store(t.Context(), v.pages); err != nil {
		t.Fatal(err)
	}
	for _, head := range []ledger.Chain{{}, v.head} {
		if r := v.verify(t, head); !r.Whole() || r.Beyond != 0 {
			t.Fatalf("before anything was done to it: %v", r.Faults)
		}
	}
	return v
}

func (v victim) verify(t *testing.T, head ledger.Chain) ledger.Report {
	t.Helper()
	r, err := ledger.NewBook(v.held).Verify(t.Context(), v.id, head)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// clone gives a victim whose bucket is its own.
func (v victim) clone() victim {
	v.held = maps.Clone(v.held)
	return v
}

// key is where the n-th page lies, from 1.
func (v victim) key(n int) string { return ledger.PageKey(v.id, n) }

// lay puts records under a page's number, whatever lies there.
func (v victim) lay(n int, records []ledger.Record) {
	v.held[v.key(n)] = ledger.Page{Number: n, Records: records}.Encode()
}

// records gives a copy of a page's records.
func (v victim) records(n int) []ledger.Record { return slices.Clone(v.pages[n-1].Records) }

// change is one way to alter a record; alterations finds them by reflection, so
// that a member which is added to Record tomorrow is covered without a word here.
type change struct {
	member string
	apply  func(*ledger.Record)
}

func alterations(t *testing.T) []change {
	t.Helper()
	var out []change
	var walk func(of reflect.Type, name string, reach func(*ledger.Record) reflect.Value)
	walk = func(of reflect.Type, name string, reach func(*ledger.Record) reflect.Value) {
		add := func(how string, alter func(reflect.Value)) {
			out = append(out, change{name + " " + how, func(r *ledger.Record) { alter(reach(r)) }})
		}
		switch {
		case of == reflect.TypeFor[time.Time]():
			add("moved", func(v reflect.Value) { v.Set(reflect.ValueOf(v.Interface().(time.Time).Add(time.Millisecond))) })
		case of.Kind() == reflect.String:
			add("altered", func(v reflect.Value) { v.SetString(v.String() + "x") })
			add("emptied", func(v reflect.Value) { v.SetString("") })
		case of.Kind() == reflect.Uint64:
			add("altered", func(v reflect.Value) { v.SetUint(v.Uint() + 1) })
		case of.Kind() == reflect.Int:
			add("altered", func(v reflect.Value) { v.SetInt(v.Int() + 1) })
		case of.Kind() == reflect.Slice:
			add("longer", func(v reflect.Value) {
				longer := reflect.MakeSlice(of, v.Len()+1, v.Len()+1) // never write through to the page that others hold
				reflect.Copy(longer, v)
				v.Set(longer)
			})
			add("emptied", func(v reflect.Value) { v.SetZero() })
		case of.Kind() == reflect.Pointer:
			add("removed", func(v reflect.Value) { v.SetZero() })
			for i := range of.Elem().NumField() {
				f := of.Elem().Field(i)
				walk(f.Type, name+"."+f.Name, func(r *ledger.Record) reflect.Value {
					p := reach(r)
					own := reflect.New(of.Elem()) // never write through to the page that others hold
					if !p.IsNil() {
						own.Elem().Set(p.Elem())
					}
					p.Set(own)
					return own.Elem().Field(i)
				})
			}
		default:
			t.Fatalf("Record.%s is a %s: say here how such a member is altered", name, of)
		}
	}
	record := reflect.TypeFor[ledger.Record]()
	for i := range record.NumField() {
		walk(record.Field(i).Type, record.Field(i).Name, func(r *ledger.Record) reflect.Value { return reflect.ValueOf(r).Elem().Field(i) })
	}
	return out
}

// TestEveryMemberAltered alters each member of each record. Where the value stays
// what it was (emptying the empty) nothing is altered, and that is not counted;
// but every way must have altered something in some record.
func TestEveryMemberAltered(t *testing.T) {
	whole := newVictim(t)
	for _, c := range alterations(t) {
		t.Run(c.member, func(t *testing.T) {
			altered := 0
			for n := range whole.pages {
				for i := range whole.pages[n].Records {
					v := whole.clone()
					records := v.records(n + 1)
					c.apply(&records[i])
					if bytes.Equal(records[i].Encode(), whole.pages[n].Records[i].Encode()) {
						continue
					}
					altered++
					v.lay(n+1, records)
					seq := whole.pages[n].Records[i].Seq
					if r := v.verify(t, v.head); r.Whole() {
						t.Errorf("record %d: not found", seq)
					}
					// Without the head the record behind it tells, if there is one.
					if r := v.verify(t, ledger.Chain{}); seq < v.head.Seq && r.Whole() {
						t.Errorf("record %d: not found without the head", seq)
					}
				}
			}
			if altered == 0 {
				t.Error("no record of the story has this member: give it one")
			}
		})
	}
}

// TestEveryMemberAlteredAndTheChainMadeAnew is the intruder who knows how we hash
// and computes every later link again. Only the head that the workflow keeps
// tells, also when a record was added behind, so that the numbers differ.
func TestEveryMemberAlteredAndTheChainMadeAnew(t *testing.T) {
	whole := newVictim(t)
	extra := [][]ledger.Record{{{Kind: ledger.KindStage, Actor: "system"}}}
	for _, c := range alterations(t) {
		for _, more := range [][][]ledger.Record{nil, extra} {
			tale := story()
			c.apply(&tale[2][0]) // a record in the middle, with a value in every member
			pages, forged := compose(whole.id, append(tale, more...))
			if c.member == "At moved" || pages[2].Records[0].Hash() == whole.pages[2].Records[0].Hash() {
				continue // Append sets this member itself
			}
			v := whole.clone()
			for _, p := range pages {
				v.lay(p.Number, p.Records)
			}
			if r := v.verify(t, v.head); r.Whole() {
				t.Errorf("%s, %d pages added: not found", c.member, len(more))
			}
			if r := v.verify(t, forged); strings.HasPrefix(c.member, "Detail") && !r.Whole() {
				t.Errorf("%s: the forgery is clumsy, so the test proves nothing: %v", c.member, r.Faults)
			}
		}
	}
}

// TestEveryByteAltered flips a bit of each stored byte.
//
// Promise 47.
func TestEveryByteAltered(t *testing.T) {
	whole := newVictim(t)
	for n := range whole.pages {
		key := whole.key(n + 1)
		for i := range whole.held[key] {
			v := whole.clone()
			v.held[key] = bytes.Clone(v.held[key])
			v.held[key][i] ^= 1
			if r := v.verify(t, v.head); r.Whole() {
				t.Errorf("page %d, byte %d (%q): not found", n+1, i, whole.held[key][i])
			}
		}
	}
}

// TestRecordsMoved: one dropped, two swapped, one put in. The numbers and links of
// the others are left as they are.
func TestRecordsMoved(t *testing.T) {
	whole := newVictim(t)
	find := func(t *testing.T, v victim, last bool) {
		t.Helper()
		if r := v.verify(t, v.head); r.Whole() {
			t.Error("not found")
		}
		if r := v.verify(t, ledger.Chain{}); !last && r.Whole() {
			t.Error("not found without the head")
		}
	}
	var places [][2]int
	for n := range whole.pages {
		for i := range whole.pages[n].Records {
			places = append(places, [2]int{n + 1, i})
		}
	}
	for a, at := range places {
		n, i := at[0], at[1]
		t.Run(fmt.Sprintf("record %d dropped", a+1), func(t *testing.T) {
			v := whole.clone()
			if records := slices.Delete(v.records(n), i, i+1); len(records) > 0 {
				v.lay(n, records)
			} else {
				v.held[v.key(n)] = nil
			}
			find(t, v, a == len(places)-1)
		})
		t.Run(fmt.Sprintf("record %d twice", a+1), func(t *testing.T) {
			v := whole.clone()
			v.lay(n, slices.Insert(v.records(n), i, v.records(n)[i]))
			find(t, v, false)
		})
		t.Run(fmt.Sprintf("one put in before record %d", a+1), func(t *testing.T) {
			v := whole.clone()
			records := v.records(n)
			forged := records[i] // properly linked to the record before, so that only what follows tells
			forged.Detail = "forged"
			v.lay(n, slices.Insert(records, i, forged))
			find(t, v, false)
		})
		for b := a + 1; b < len(places); b++ {
			t.Run(fmt.Sprintf("records %d and %d swapped", a+1, b+1), func(t *testing.T) {
				v := whole.clone()
				to := places[b]
				one, other := v.records(n), v.records(to[0])
				if n == to[0] {
					other = one
				}
				one[i], other[to[1]] = other[to[1]], one[i]
				v.lay(n, one)
				v.lay(to[0], other)
				find(t, v, false)
			})
		}
	}
}

// TestAddedAtTheEnd: what is linked behind the head cannot be told from what a
// living case has just written, so it is counted and not called a fault.
func TestAddedAtTheEnd(t *testing.T) {
	v := newVictim(t)
	chain := v.head
	added := chain.Append(start.Add(time.Hour), ledger.Record{Kind: ledger.KindDecided, Actor: "staff:reviewer:42", Outcome: "proceed"})
	v.lay(v.head.Page, []ledger.Record{added})
	if r := v.verify(t, v.head); !r.Whole() || r.Beyond != 1 {
		t.Errorf("%+v", r)
	}
	if r := v.verify(t, chain); !r.Whole() || r.Beyond != 0 || r.Head != chain.Head {
		t.Errorf("with the new head: %+v", r)
	}
	// The last record that the workflow wrote altered, and one properly linked to
	// the altered one: the chain is whole in itself and longer than what we know.
	forged := v.head
	last := v.records(4)
	last[1].Outcome = "adverse"
	forged.Seq, forged.Head = last[0].Seq, last[0].Hash()
	last[1] = forged.Append(last[1].At, last[1])
	v.lay(4, last)
	v.lay(5, []ledger.Record{forged.Append(start.Add(time.Hour), ledger.Record{Kind: ledger.KindStage})})
	if r := v.verify(t, ledger.Chain{}); !r.Whole() {
		t.Fatalf("the forgery is clumsy, so the test proves nothing: %v", r.Faults)
	}
	if r := v.verify(t, v.head); r.Whole() || r.Faults[0].Seq != v.head.Seq {
		t.Errorf("%+v", r)
	}
}

// TestPagesMoved is what can be done with whole objects. blind says that the
// chain alone cannot tell, so that the head is needed.
func TestPagesMoved(t *testing.T) {
	other := newVictim(t)
	for _, c := range []struct {
		name  string
		do    func(victim)
		blind bool
		says  string // in the first fault
	}{
		{"the last page dropped", func(v victim) { delete(v.held, v.key(4)) }, true, "the newest are missing"},
		{"all pages dropped", func(v victim) { clear(v.held) }, true, "the newest are missing"},
		{"a page in the middle dropped", func(v victim) { delete(v.held, v.key(2)) }, false, "page 2 should stand here"},
		{"two pages in the middle dropped", func(v victim) { delete(v.held, v.key(2)); delete(v.held, v.key(3)) }, false, "page 2 should stand here"},
		{"the first page dropped", func(v victim) { delete(v.held, v.key(1)) }, false, "page 1 should stand here"},
		{"two pages swapped", func(v victim) {
			v.held[v.key(2)], v.held[v.key(3)] = v.held[v.key(3)], v.held[v.key(2)]
		}, false, "number 4 should stand here"},
		{"a page put under another number", func(v victim) {
			v.held[v.key(7)] = v.held[v.key(4)]
			delete(v.held, v.key(4))
		}, false, "page 4 should stand here"},
		{"a page of ours once more at the end", func(v victim) { v.held[v.key(5)] = v.held[v.key(2)] }, false, "number 10 should stand here"},
		{"another applicant's page put in place", func(v victim) { v.held[v.key(2)] = other.held[other.key(2)] }, false, "belongs to another applicant"},
		{"another applicant's ledger put in place", func(v victim) {
			for n := 1; n <= 4; n++ {
				v.held[v.key(n)] = other.held[other.key(n)]
			}
		}, false, "belongs to another applicant"},
		{"something else among the pages", func(v victim) { v.held[ledger.Prefix(v.id)+"00000002.jsonl.bak"] = []byte("x") }, false, "lies among the pages"},
		{"a page under a number with fewer digits", func(v victim) { v.held[ledger.Prefix(v.id)+"5.jsonl"] = v.held[v.key(4)] }, false, "lies among the pages"},

		// The page's form, which is all the header that it has.
		{"a page emptied", func(v victim) { v.held[v.key(2)] = nil }, false, "altered"},
		{"a page of an empty line", func(v victim) { v.held[v.key(2)] = []byte("\n") }, false, "altered"},
		{"noise", func(v victim) { v.held[v.key(2)] = []byte("\xff\xfe\x00") }, false, "altered"},
		{"the last line's end cut off", func(v victim) { v.held[v.key(4)] = bytes.TrimSuffix(v.held[v.key(4)], []byte("\n")) }, false, "altered"},
		{"an empty line added", func(v victim) { v.held[v.key(4)] = append(v.held[v.key(4)], '\n') }, false, "altered"},
		{"a byte-order mark", func(v victim) { v.held[v.key(1)] = append([]byte("\ufeff"), v.held[v.key(1)]...) }, false, "altered"},
		{"CRLF", func(v victim) { v.held[v.key(1)] = bytes.ReplaceAll(v.held[v.key(1)], []byte("\n"), []byte("\r\n")) }, false, "altered"},
		{"cut in the middle", func(v victim) { v.held[v.key(4)] = v.held[v.key(4)][:100] }, false, "altered"},
		{"spaces", func(v victim) {
			v.held[v.key(4)] = bytes.ReplaceAll(v.held[v.key(4)], []byte(`,"at"`), []byte(`, "at"`))
		}, false, "altered"},
		{"an unknown member", func(v victim) {
			v.held[v.key(4)] = bytes.ReplaceAll(v.held[v.key(4)], []byte(`{"seq"`), []byte(`{"more":1,"seq"`))
		}, false, "altered"},
		{"a member twice", func(v victim) {
			v.held[v.key(4)] = bytes.ReplaceAll(v.held[v.key(4)], []byte(`"prev"`), []byte(`"outcome":"adverse","prev"`))
		}, false, "altered"},
		{"a member's name in capitals", func(v victim) {
			v.held[v.key(4)] = bytes.ReplaceAll(v.held[v.key(4)], []byte(`"kind"`), []byte(`"KIND"`))
		}, false, "altered"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVictim(t)
			c.do(v)
			r := v.verify(t, v.head)
			if r.Whole() {
				t.Fatal("not found")
			}
			if first := r.Faults[0]; !strings.Contains(first.What, c.says) || !strings.Contains(first.String(), first.What) {
				t.Errorf("first fault: %q; want %q", first, c.says)
			}
			for _, f := range r.Faults {
				if f.Page < 1 {
					t.Errorf("%q names no page to look at", f)
				}
			}
			if blind := v.verify(t, ledger.Chain{}).Whole(); blind != c.blind {
				t.Errorf("found without the head: %v; want %v", !blind, !c.blind)
			}
		})
	}
}

// TestAlteredOnTheDisk: the real gateway, and somebody with root on its machine.
func TestAlteredOnTheDisk(t *testing.T) {
	book, id := ledger.NewBook(bucket(t)), newApplicant()
	pages, chain := compose(id, story())
	if _, err := book.Store(t.Context(), pages); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(find(t, folder, evidenceBucket), filepath.FromSlash(ledger.PageKey(id, 4)))
	body, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	altered := bytes.Replace(body, []byte(`"outcome":"proceed"`), []byte(`"outcome":"adverse"`), 1)
	if bytes.Equal(altered, body) {
		t.Fatal("there is nothing to alter in the page")
	}
	for name, do := range map[string]func() error{
		"altered": func() error { return os.WriteFile(file, altered, 0o600) },
		"removed": func() error { return os.Remove(file) },
	} {
		t.Run(name, func(t *testing.T) {
			if err := do(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := os.WriteFile(file, body, 0o600); err != nil {
					t.Fatal(err)
				}
			})
			// S3 may see for itself that the bytes are not the ones that were put.
			if r, err := book.Verify(t.Context(), id, chain); err == nil && r.Whole() {
				t.Error("not found")
			} else {
				t.Log(r.Faults, err)
			}
		})
	}
}

// find gives the folder of that name below root.
func find(t *testing.T, root, name string) string {
	t.Helper()
	var found string
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && d.Name() == name {
			found = path
			return filepath.SkipAll
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("no %s below %s: %v", name, root, err)
	}
	return found
}
