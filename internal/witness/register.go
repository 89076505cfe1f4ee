package witness

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/vouchsafe/vouchsafe/internal/ledger"
)

// Register is who may get what for which purpose, and with which vendors each program
// has an agreement, as a worker goes by it. It lies in the evidence bucket, signed, from
// before the worker acts, so that a stranger can hold every use against it.
type Register struct {
	At time.Time `json:"-"` // since when it holds
	// Purposes has the fields that may be used, by purpose and recipient.
	Purposes map[string]map[string][]string `json:"purposes"`
	// Vendors are the recipients that need an agreement.
	Vendors []string `json:"vendors"`
	// Agreements has the day from which a vendor may be used (YYYY-MM-DD), by program
	// and version ("guest-line 3") and vendor.
	Agreements map[string]map[string]string `json:"agreements"`
	// Ends has the last day of the agreements that have one, likewise.
	Ends map[string]map[string]string `json:"ends,omitempty"`
}

const registerTitle = "register"

func (r Register) text(origin string) (string, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return "", fmt.Errorf("witness: encode a register: %w", err)
	}
	return fmt.Sprintf("%s %s\n%s\n%s\n", origin, registerTitle, r.At.UTC().Format(time.RFC3339), body), nil
}

// ReadRegister reads a register's signed note; signed says whether one of the keys
// signed it.
func ReadRegister(body []byte, keys []note.Verifier) (r Register, signed bool, err error) {
	text, _, ok := strings.Cut(string(body), "\n\n")
	lines := strings.Split(text, "\n")
	if !ok || len(lines) != 3 || !strings.HasSuffix(lines[0], " "+registerTitle) {
		return Register{}, false, fmt.Errorf("witness: that is no register of ours")
	}
	if err := json.Unmarshal([]byte(lines[2]), &r); err != nil {
		return Register{}, false, fmt.Errorf("witness: a register: %w", err)
	}
	if r.At, err = time.Parse(time.RFC3339, lines[1]); err != nil {
		return Register{}, false, fmt.Errorf("witness: a register's time: %w", err)
	}
	_, err = note.Open(body, note.VerifierList(keys...))
	return r, err == nil, nil
}

// Goes publishes the register that this process goes by, unless the last one that was
// published says the same. Call it before anything is used.
func (w *Witness) Goes(ctx context.Context, in Register) error {
	ring, _, err := w.ring(ctx)
	if err != nil {
		return err
	}
	newest := ""
	for key, err := range w.cfg.Evidence.List(ctx, registersPrefix) {
		if err != nil {
			return fmt.Errorf("witness: which registers there are: %w", err)
		}
		newest = key
	}
	in.At = w.cfg.Now().UTC().Truncate(time.Second)
	text, err := in.text(ring.Origin)
	if err != nil {
		return err
	}
	if newest != "" {
		was, err := w.cfg.Evidence.Get(ctx, newest)
		if err != nil {
			return fmt.Errorf("witness: the last register: %w", err)
		}
		if sameRegister(string(was), text) {
			return nil
		}
	}
	signer, err := note.NewSigner(ring.Keys[len(ring.Keys)-1].Private)
	if err != nil {
		return fmt.Errorf("witness: the signing key: %w", err)
	}
	msg, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return fmt.Errorf("witness: sign a register: %w", err)
	}
	if err := w.cfg.Evidence.PutOnce(ctx, registerKey(in.At, digest(msg)), msg); err != nil {
		return fmt.Errorf("witness: publish a register: %w", err)
	}
	return nil
}

func registerKey(at time.Time, digest string) string {
	return fmt.Sprintf("%s%012d-%s", registersPrefix, at.Unix(), digest)
}

// sameRegister compares all but the time.
func sameRegister(a, b string) bool {
	body := func(s string) string {
		lines := strings.SplitN(s, "\n", 4)
		if len(lines) < 4 {
			return ""
		}
		return lines[2]
	}
	return body(a) != "" && body(a) == body(b)
}

// newRegisters gives a leaf for each register that the log does not have yet.
func (w *Witness) newRegisters(ctx context.Context) ([]Leaf, error) {
	ring, _, err := w.ring(ctx)
	if err != nil {
		return nil, err
	}
	keys, err := ring.verifiers()
	if err != nil {
		return nil, err
	}
	known, err := w.registersKnown(ctx)
	if err != nil {
		return nil, err
	}
	var out []Leaf
	for key, err := range w.cfg.Evidence.List(ctx, registersPrefix) {
		if err != nil {
			return nil, fmt.Errorf("witness: which registers there are: %w", err)
		}
		_, sum, _ := strings.Cut(strings.TrimPrefix(key, registersPrefix), "-")
		if slices.Contains(known, sum) {
			continue
		}
		body, err := w.cfg.Evidence.Get(ctx, key)
		if err != nil {
			return nil, fmt.Errorf("witness: a register: %w", err)
		}
		if _, signed, err := ReadRegister(body, keys); err != nil || !signed || digest(body) != sum {
			w.cfg.Log.ErrorContext(ctx, "a register in the evidence bucket is not ours and was left out of the checkpoint", "key", key)
			continue
		}
		out = append(out, Leaf{Register: sum})
	}
	return out, nil
}

const registersKnownKey = "witness/registers-known"

// registersKnown are the hashes of the registers that the log has.
func (w *Witness) registersKnown(ctx context.Context) ([]string, error) {
	body, err := w.cfg.State.Get(ctx, registersKnownKey)
	if err != nil && !w.cfg.State.IsMissing(err) {
		return nil, fmt.Errorf("witness: which registers the log has: %w", err)
	}
	return strings.Fields(string(body)), nil
}

// keepRegisters says that the log has the registers among these leaves.
func (w *Witness) keepRegisters(ctx context.Context, leaves []Leaf) error {
	known, err := w.registersKnown(ctx)
	if err != nil {
		return err
	}
	before := len(known)
	for _, l := range leaves {
		if l.Register != "" && !slices.Contains(known, l.Register) {
			known = append(known, l.Register)
		}
	}
	if len(known) == before {
		return nil
	}
	if err := w.cfg.State.Put(ctx, registersKnownKey, []byte(strings.Join(known, "\n"))); err != nil {
		return fmt.Errorf("witness: keep which registers the log has: %w", err)
	}
	return nil
}

// allows says what is wrong with a use; empty when nothing is.
func (r Register) allows(use ledger.Record, program string) (ledger.FaultKind, string) {
	recipients, ok := r.Purposes[use.Purpose]
	if !ok {
		return ledger.OutsidePurpose, fmt.Sprintf("is a use for %q, which is no purpose of the register", use.Purpose)
	}
	fields, ok := recipients[use.Recipient]
	if !ok {
		return ledger.OutsidePurpose, fmt.Sprintf("is a use by %q, who may get nothing for the purpose %q", use.Recipient, use.Purpose)
	}
	for _, f := range use.Fields {
		if !slices.Contains(fields, string(f)) {
			return ledger.OutsidePurpose, fmt.Sprintf("gives %q the field %q, which is outside the purpose %q", use.Recipient, f, use.Purpose)
		}
	}
	if !slices.Contains(r.Vendors, use.Recipient) {
		return "", ""
	}
	day, ok := ofProgram(r.Agreements, program)[use.Recipient]
	if !ok {
		return ledger.InactiveVendor, fmt.Sprintf("is a use by %q, with whom program %s has no agreement", use.Recipient, program)
	}
	if use.At.UTC().Format(time.DateOnly) < day {
		return ledger.InactiveVendor, fmt.Sprintf("is a use by %q, with whom program %s has an agreement from %s on only", use.Recipient, program, day)
	}
	if end := r.end(use.Recipient, program); end != "" && use.At.UTC().Format(time.DateOnly) > end {
		return ledger.InactiveVendor, fmt.Sprintf("is a use by %q, with whom program %s had an agreement up to %s only", use.Recipient, program, end)
	}
	return "", ""
}

// end is the last day of the agreement; empty when it has none.
func (r Register) end(vendor, program string) string {
	if _, named := r.Agreements[program]; named {
		return r.Ends[program][vendor]
	}
	return ofProgram(r.Ends, program)[vendor]
}

// ofProgram gives what is said of a program in its version; of another version of it
// where the register does not have that one.
func ofProgram(all map[string]map[string]string, program string) map[string]string {
	if a, ok := all[program]; ok {
		return a
	}
	id, _, _ := strings.Cut(program, " ")
	for _, name := range slices.Sorted(maps.Keys(all)) {
		if other, _, _ := strings.Cut(name, " "); other == id {
			return all[name]
		}
	}
	return nil
}
