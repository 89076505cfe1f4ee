// Package codec lets the Temporal Web UI show payloads in the clear, under
// /codec, to those who may, field by field. What it decodes are references and
// outcomes: no personal data ever goes into a payload. Each use is recorded, once for
// a case, a session and a quarter of an hour.
package codec

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/encoding/protojson"

	"github.com/vouchsafe/vouchsafe/internal/access"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/vault/payload"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// Limit is the largest request that is read, in bytes.
const Limit = 8 << 20

// Route is the codec's one route.
const Route = "POST /codec/decode"

// Reader is who asks.
type Reader struct {
	Who     string // as the ledger names them
	Session string // what a recorded use is counted by, besides the case
	May     bool   // decode at all
	// Reads tells which fields they read.
	Reads func(Class) bool
	// Programs are those whose applicants they may see; none: all.
	Programs []string
}

// StaffReader is somebody who is signed in.
func StaffReader(s identity.StaffSession) Reader {
	return Reader{Who: s.Actor(), Session: s.Session, May: s.MayAny(identity.DecodePayloads), Programs: s.Programs,
		Reads: func(c Class) bool { return slices.Contains(readers[c], s.Role) }}
}

// KeyReader is a program with an API key. What checks found it reads if it may see
// findings.
func KeyReader(k identity.Key) Reader {
	return Reader{Who: k.Actor(), Session: k.ID, May: k.MayAny(identity.DecodePayloads), Programs: k.Programs(),
		Reads: func(c Class) bool {
			return c == Course || c == Inside || c == Found && k.MayAny(identity.ViewFindings)
		}}
}

// loopback is whoever reaches the address on one machine: they read what a recruiter
// reads.
var loopback = Reader{Who: "loopback", Session: "loopback", May: true,
	Reads: func(c Class) bool { return slices.Contains(readers[c], identity.RoleRecruiter) }}

// Access keeps who asked for what; *access.Log is one.
type Access interface {
	RecordOnce(ctx context.Context, e access.Event, within time.Duration, tag string) error
	Refuse(ctx context.Context, e access.Event)
}

// Config says who may decode.
type Config struct {
	Keys payload.Keys
	// Origins are those of the Temporal Web UI, such as http://127.0.0.1:8233.
	Origins []string
	// Open lets everybody decode who reaches the address, as far as a recruiter may: for
	// one machine only, where the web listens on loopback.
	Open bool
	// Who tells whose request it is; ok is false for nobody. An error means that it is
	// not known.
	Who func(*http.Request) (who Reader, ok bool, err error)
	// ProgramOf tells an applicant's program without asking a worker, since the Web UI is
	// looked at when workers are down too. It is asked for those with a list of programs.
	ProgramOf func(ctx context.Context, id onboarding.ApplicantID) (string, error)
	Access    Access
	Log       *slog.Logger // slog.Default when nil
}

// Register puts the codec on the mux.
func Register(mux web.Router, cfg Config) {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	d := &desk{Config: cfg, codec: payload.NewCodec(cfg.Keys, payload.ErasedPlaceholder())}
	mux.Handle("/codec/", cors(cfg.Origins, d))
}

type desk struct {
	Config
	codec converter.PayloadCodec
}

// ServeHTTP lets nobody decode who may not, and nobody encode at all: only workers
// and the web write payloads.
func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/codec/decode":
		http.Error(w, "There is only /codec/decode here.", http.StatusNotFound)
		return
	case r.Method != http.MethodPost:
		w.Header().Set("Allow", "POST, OPTIONS")
		http.Error(w, "Send payloads to decode by POST.", http.StatusMethodNotAllowed)
		return
	}
	who, ok, err := d.Who(r)
	switch {
	case err != nil:
		http.Error(w, "It cannot be told at the moment who you are. Try again.", http.StatusServiceUnavailable)
	case ok && !who.May:
		d.Access.Refuse(r.Context(), d.event(who, access.ByRole))
		http.Error(w, "This is not for your role or key.", http.StatusForbidden)
	case !ok && !d.Open:
		http.Error(w, "Sign in to the console first; your role must be allowed to decode.", http.StatusForbidden)
	case !ok:
		d.decode(w, r, loopback)
	default:
		d.decode(w, r, who)
	}
}

func (d *desk) event(who Reader, detail string) access.Event {
	return access.Event{Who: who.Who, Action: string(identity.DecodePayloads), Route: Route, Detail: detail, Purpose: string(identity.ToFollow)}
}

// errOutside marks a payload that is not for the reader's programs.
var errOutside = errors.New("codec: of another program")

// owner is whose payload it is: an applicant, or "" for the house.
func owner(p *commonpb.Payload) onboarding.ApplicantID {
	id, err := onboarding.ParseApplicantID(string(p.GetMetadata()[payload.MetadataKeyID]))
	if err != nil {
		return ""
	}
	return id
}

func ours(p *commonpb.Payload) bool {
	return string(p.GetMetadata()[converter.MetadataEncoding]) == payload.Encoding
}

// quarter is how long one record of a use stands for.
const quarter = 15 * time.Minute

// admit looks at whose payloads a request has, once for each: it refuses what is of
// another program, and records the use of the others before anything is opened.
func (d *desk) admit(ctx context.Context, who Reader, all []*commonpb.Payload) (map[onboarding.ApplicantID]error, error) {
	seen := map[onboarding.ApplicantID]error{}
	for _, p := range all {
		id := owner(p)
		if _, ok := seen[id]; ok || !ours(p) {
			continue
		}
		seen[id] = nil
		e := d.event(who, "")
		e.Applicant = id
		if len(who.Programs) > 0 {
			program := ""
			if id != "" {
				var err error
				if program, err = d.ProgramOf(ctx, id); err != nil && onboarding.CodeOf(err) != onboarding.CodeUnknownApplicant {
					return nil, err
				}
			}
			if !slices.Contains(who.Programs, program) {
				seen[id] = errOutside
				e.Program, e.Detail = program, access.ByScope
				if program != "" {
					d.Access.Refuse(ctx, e)
				}
				continue
			}
			e.Program = program
		}
		e.What = access.Decoded
		if err := d.Access.RecordOnce(ctx, e, quarter, who.Session+"/"+string(id)); err != nil {
			return nil, err
		}
	}
	return seen, nil
}

// decode answers as the SDK's own handler does, with statuses that say whose
// fault it is. It is not the SDK's, which gives 400 for a body that is too large
// and for storage in trouble, and quotes the cause.
func (d *desk) decode(w http.ResponseWriter, r *http.Request, who Reader) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, Limit))
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		http.Error(w, "That is too much at once.", http.StatusRequestEntityTooLarge)
		return
	}
	var all commonpb.Payloads
	if err != nil || protojson.Unmarshal(body, &all) != nil {
		http.Error(w, `Send {"payloads": […]}, as Temporal's codec protocol has it.`, http.StatusBadRequest)
		return
	}
	admitted, err := d.admit(r.Context(), who, all.Payloads)
	if err != nil {
		d.Log.ErrorContext(r.Context(), "payloads were not decoded, since the use could not be recorded", "error", err)
		http.Error(w, "The use cannot be recorded at the moment, so nothing is decoded. Try again.", http.StatusServiceUnavailable)
		return
	}
	if all.Payloads, err = d.readable(who, admitted, all.Payloads); err != nil {
		http.Error(w, "The keys cannot be read at the moment. Try again.", http.StatusServiceUnavailable)
		return
	}
	if body, err = protojson.Marshal(&all); err != nil {
		http.Error(w, "What was decoded cannot be shown.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write(body) // the browser has gone
}

// readable decodes one payload after the other and leaves those as they are that
// can never be opened, or not by this reader: one that was damaged must not hide the
// rest of a page.
func (d *desk) readable(who Reader, admitted map[onboarding.ApplicantID]error, all []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := slices.Clone(all)
	for i := range all {
		if !ours(all[i]) || admitted[owner(all[i])] != nil {
			continue // in the clear for everybody who sees it, or for none of theirs
		}
		opened, err := d.codec.Decode(all[i : i+1])
		var verdict *onboarding.Error // the vault's; storage in trouble gives another
		if err != nil && !errors.As(err, &verdict) {
			return nil, err
		}
		if err == nil {
			out[i] = forReader(who, opened[0])
		}
	}
	return out, nil
}

// forReader is a payload with the fields that are for the reader. One that is no JSON
// is shown to those alone who read everything that there is to be read.
func forReader(who Reader, p *commonpb.Payload) *commonpb.Payload {
	switch string(p.GetMetadata()[converter.MetadataEncoding]) {
	case converter.MetadataEncodingNil:
		return p
	case converter.MetadataEncodingJSON:
		if string(p.GetData()) == erased {
			return p
		}
		return &commonpb.Payload{Metadata: p.GetMetadata(), Data: shown(p.GetData(), who.Reads)}
	}
	if told(p) || who.Reads(Inside) {
		return p
	}
	return &commonpb.Payload{Metadata: map[string][]byte{converter.MetadataEncoding: []byte(converter.MetadataEncodingJSON)}, Data: instead(Inside)}
}

// told reports whether a payload is what a workflow says of itself in the Temporal Web
// UI: its current details, and what its messages are for. That is said in words for
// whoever looks, and like summaries it never holds personal data.
func told(p *commonpb.Payload) bool {
	m := p.GetMetadata()
	return string(m[converter.MetadataEncoding]) == converter.MetadataEncodingProtoJSON && string(m[converter.MetadataMessageType]) == "temporal.api.sdk.v1.WorkflowMetadata"
}

// erased is what the payload codec gives where the key is destroyed.
const erased = `"[erased]"`

// cors answers pages of the Web UI's origin, and of no other; programs send none.
func cors(origins []string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		origin := r.Header.Get("Origin")
		w.Header().Add("Vary", "Origin")
		if slices.Contains(origins, origin) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", origin)
			h.Set("Access-Control-Allow-Credentials", "true")
			h.Set("Access-Control-Allow-Methods", "POST, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-Namespace")
			h.Set("Access-Control-Max-Age", "600")
		} else if origin != "" {
			http.Error(w, "This origin may not ask.", http.StatusForbidden)
			return
		}
		if r.Method == http.MethodOptions {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		next.ServeHTTP(w, r)
	})
}
