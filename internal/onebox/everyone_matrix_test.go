package onebox_test

import "github.com/vouchsafe/vouchsafe/internal/identity"

// expected says of each route which action of internal/identity it is: that is what
// a role, or a key, must be allowed. A line for each; a new route needs one.
//
//	open       asks for no role; staff get nothing more there than anybody
//	applicant  for applicants who are signed in: staff are nobody there
//	signed     for vendors, who sign what they send
//	decode     the codec: tried on its own
//
// A line that ends with … is for all that begin so.
const expected = `
# The console: by session.
GET /console                                                      view_list
GET /console/access                                               view_access
GET /console/applicants.csv                                       view_list
GET /console/applicants/{id}                                      view_case
GET /console/applicants/{id}/checks/{check}                       view_findings
GET /console/applicants/{id}/checks/{check}/retry                 retry
POST /console/applicants/{id}/checks/{check}/retry                retry
GET /console/applicants/{id}/checks/{check}/use-vendor            use_vendor
POST /console/applicants/{id}/checks/{check}/use-vendor           use_vendor
GET /console/applicants/{id}/checks/{check}/waive                 waive
POST /console/applicants/{id}/checks/{check}/waive                waive
GET /console/applicants/{id}/data-request                         answer_data
POST /console/applicants/{id}/data-request                        answer_data
GET /console/applicants/{id}/requests                             answer_data
POST /console/applicants/{id}/requests                            answer_data
POST /console/applicants/{id}/erasure                             answer_data
GET /console/requests                                             answer_data
GET /console/requests/{request}                                   answer_data
POST /console/requests/{request}/answer                           answer_data
POST /console/requests/{request}/extend                           answer_data
POST /console/requests/{request}/lift                             answer_data
GET /console/applicants/{id}/decision                             decide
POST /console/applicants/{id}/decision                            decide
GET /console/applicants/{id}/documents                            view_case
POST /console/applicants/{id}/documents                           view_case
GET /console/applicants/{id}/documents/{link}                     view_case
GET /console/applicants/{id}/files/{number}                       view_findings
GET /console/applicants/{id}/holds                                view_holds
POST /console/applicants/{id}/holds                               set_hold
POST /console/applicants/{id}/holds/{hold}/reason                 view_holds
GET /console/applicants/{id}/holds/{hold}/release                 set_hold
POST /console/applicants/{id}/holds/{hold}/release                set_hold
GET /console/holds                                                view_holds
GET /console/applicants/{id}/kept                                 open_kept
POST /console/applicants/{id}/kept                                open_kept
GET /console/applicants/{id}/tickets                              view_tickets
POST /console/applicants/{id}/tickets                             open_ticket
POST /console/applicants/{id}/tickets/{ticket}/close              open_ticket
POST /console/applicants/{id}/tickets/{ticket}/reason             view_tickets
GET /console/tickets                                              view_tickets
GET /console/onward                                               view_onward
GET /console/legal                                                view_process
POST /console/legal                                               ask_process
GET /console/legal/{case}                                         view_process
POST /console/legal/{case}/rule                                   approve_process
POST /console/legal/{case}/give                                   ask_process
POST /console/legal/{case}/fetch                                  ask_process
POST /console/legal/{case}/document                               view_process
POST /console/legal/{case}/tell                                   ask_process
GET /console/retention                                            view_retention
POST /console/retention                                           purge
GET /console/retention/{purge}                                    view_retention
POST /console/retention/{purge}/approve                           purge
POST /console/retention/{purge}/pause                             purge
POST /console/retention/{purge}/resume                            purge
POST /console/retention/{purge}/cancel                            purge
GET /console/applicants/{id}/ledger                               verify_ledger
GET /console/applicants/{id}/notes                                read_notes
POST /console/applicants/{id}/notes                               write_note
GET /console/applicants/{id}/proof                                allow_proof
POST /console/applicants/{id}/proof                               allow_proof
GET /console/applicants/{id}/recruiter                            assign_case
POST /console/applicants/{id}/recruiter                           assign_case
GET /console/applicants/{id}/requirements/{requirement}/answer    accommodate
POST /console/applicants/{id}/requirements/{requirement}/answer   accommodate
GET /console/applicants/{id}/requirements/{requirement}/judge     assess
POST /console/applicants/{id}/requirements/{requirement}/judge    assess
GET /console/applicants/{id}/requirements/{requirement}/let-go    accommodate
POST /console/applicants/{id}/requirements/{requirement}/let-go   accommodate
GET /console/applicants/{id}/requirements/{requirement}/score     assess
POST /console/applicants/{id}/requirements/{requirement}/score    assess
GET /console/applicants/{id}/revoke                               revoke
POST /console/applicants/{id}/revoke                              revoke
POST /console/assign                                              assign_case
GET /console/board                                                view_list
GET /console/failed                                               view_list
POST /console/failed                                              retry
GET /console/invitation-lists/{list}                              view_invitations
POST /console/invitation-lists/{list}/cancel                      invite
POST /console/invitation-lists/{list}/confirm                     invite
POST /console/invitation-lists/{list}/discard                     invite
GET /console/invitation-lists/{list}/faulty.csv                   invite
GET /console/invitation-lists/{list}/lines.csv                    view_invitations
POST /console/invitation-lists/{list}/pause                       invite
POST /console/invitation-lists/{list}/resume                      invite
GET /console/invitations                                          view_invitations
POST /console/invitations                                         invite
GET /console/invitations/{invitation}                             view_invitations
POST /console/invitations/{invitation}/again                      invite
POST /console/invitations/{invitation}/withdraw                   invite
GET /console/keys                                                 manage_keys
POST /console/keys                                                manage_keys
GET /console/keys/{key}                                           manage_keys
POST /console/keys/{key}/revoke                                   manage_keys
POST /console/keys/{key}/rotate                                   manage_keys
GET /console/live                                                 view_list
GET /console/announcements                                        announce
POST /console/announcements                                       announce
GET /console/announcements/{announcement}                         announce
POST /console/announcements/{announcement}/cancel                 announce
POST /console/announcements/{announcement}/pause                  announce
POST /console/announcements/{announcement}/resume                 announce
GET /console/complaints                                           answer_complaint
GET /console/applicants/{id}/complaints                           take_complaint
POST /console/applicants/{id}/complaints                          take_complaint
GET /console/applicants/{id}/complaints/{complaint}               answer_complaint
POST /console/applicants/{id}/complaints/{complaint}              answer_complaint
GET /console/notices                                              roll_out
POST /console/notices                                             roll_out
GET /console/notices/{notice}/{version}                           roll_out
POST /console/notices/{notice}/{version}/accept                   roll_out
POST /console/notices/{notice}/{version}/cancel                   roll_out
POST /console/notices/{notice}/{version}/pause                    roll_out
POST /console/notices/{notice}/{version}/resume                   roll_out
POST /console/notices/{notice}/{version}/retry                    roll_out
GET /console/runs                                                 view_list
GET /console/runs/{run}                                           view_list
GET /console/runs/{run}/answers.csv                               view_list
POST /console/runs/{run}/cancel                                   view_list
POST /console/runs/{run}/pause                                    view_list
POST /console/runs/{run}/resume                                   view_list
POST /console/search                                              search
GET /console/sessions                                             end_sessions
POST /console/sessions                                            end_sessions
GET /console/vendors                                              view_outages
GET /console/vendors/{vendor}/pause                               pause_vendor
POST /console/vendors/{vendor}/pause                              pause_vendor
POST /console/vendors/{vendor}/resume                             pause_vendor
POST /console/views                                               view_list
GET /console/webhooks                                             view_webhooks
POST /console/webhooks                                            manage_webhooks
GET /console/webhooks/{endpoint}                                  view_webhooks
POST /console/webhooks/{endpoint}                                 manage_webhooks
POST /console/webhooks/{endpoint}/delete                          manage_webhooks
POST /console/webhooks/{endpoint}/pause                           manage_webhooks
POST /console/webhooks/{endpoint}/replay                          replay_webhooks
POST /console/webhooks/{endpoint}/resume                          manage_webhooks
POST /console/webhooks/{endpoint}/rotate                          manage_webhooks
POST /console/webhooks/{endpoint}/test                            replay_webhooks

# The API: by key.
POST /api/v1/applications/{id}/recruiter                                               assign_case
POST /api/v1/applications/{id}/proof                                                   allow_proof
POST /api/v1/applications/{id}/notes                                                   write_note
POST /api/v1/applications/{id}/documents/open                                          view_case
POST /api/v1/applications/{id}/data-request                                            answer_data
POST /api/v1/applications/assign                                                       assign_case
POST /api/v1/applications/search                                                       search
GET /api/v1/runs                                                                       view_list
GET /api/v1/counts                                                                     view_list
GET /api/v1/applications/{id}/notes                                                    read_notes
GET /api/v1/applications/{id}/documents                                                view_case
GET /api/v1/applications/{id}/checks/{check}/findings                                  view_findings
GET /api/v1/access                                                view_access
GET /api/v1/applications                                          view_list
POST /api/v1/applications                                         apply
GET /api/v1/applications/{id}                                     view_case
POST /api/v1/applications/{id}/checks/{check}/retry               retry
POST /api/v1/applications/{id}/checks/{check}/use-vendor          use_vendor
POST /api/v1/applications/{id}/checks/{check}/waive               waive
POST /api/v1/applications/{id}/corrections                        correct
POST /api/v1/applications/{id}/data-requests                      instruct_data
GET /api/v1/data-requests/{request}                               instruct_data
POST /api/v1/applications/{id}/credential/revoke                  revoke
POST /api/v1/applications/{id}/decision                           decide
GET /api/v1/applications/{id}/ledger                              view_timeline
GET /api/v1/applications/{id}/holds                               view_holds
POST /api/v1/applications/{id}/holds                              set_hold
POST /api/v1/applications/{id}/holds/{hold}/reason                view_holds
POST /api/v1/applications/{id}/holds/{hold}/release               set_hold
GET /api/v1/holds                                                 view_holds
GET /api/v1/requests                                              answer_data
GET /api/v1/requests/{request}                                    answer_data
POST /api/v1/requests/{request}/words                             answer_data
POST /api/v1/requests/{request}/answer                            answer_data
POST /api/v1/requests/{request}/extend                            answer_data
POST /api/v1/applications/{id}/requests                           answer_data
GET /api/v1/erasures                                              answer_data
POST /api/v1/applications/{id}/erasure                            answer_data
GET /api/v1/applications/{id}/kept                                open_kept
POST /api/v1/applications/{id}/kept/open                          open_kept
GET /api/v1/onward-transfers                                      view_onward
GET /api/v1/tickets                                               view_tickets
POST /api/v1/applications/{id}/tickets                            open_ticket
POST /api/v1/applications/{id}/tickets/{ticket}/close             open_ticket
POST /api/v1/applications/{id}/tickets/{ticket}/reason            view_tickets
GET /api/v1/legal-cases                                           view_process
POST /api/v1/legal-cases                                          ask_process
GET /api/v1/legal-cases/{case}                                    view_process
POST /api/v1/legal-cases/{case}/ruling                            approve_process
POST /api/v1/legal-cases/{case}/give                              ask_process
POST /api/v1/legal-cases/{case}/fetch                             ask_process
POST /api/v1/legal-cases/{case}/document                          view_process
POST /api/v1/legal-cases/{case}/told                              ask_process
GET /api/v1/purges                                                view_retention
POST /api/v1/purges                                               purge
GET /api/v1/purges/{purge}                                        view_retention
GET /api/v1/purges/{purge}/due                                    view_retention
POST /api/v1/purges/{purge}/{how}                                 purge
GET /api/v1/applications/{id}/ledger/verify                       verify_ledger
GET /api/v1/applications/{id}/ledger/{seq}/proof                  verify_ledger
POST /api/v1/applications/{id}/requirements/{requirement}/answer  accommodate
POST /api/v1/applications/{id}/requirements/{requirement}/judge   assess
POST /api/v1/applications/{id}/requirements/{requirement}/score   assess
POST /api/v1/applications/{id}/requirements/{requirement}/waive   accommodate
GET /api/v1/failed-checks                                         view_list
GET /api/v1/failed-checks/counts                                  view_list
GET /api/v1/invitation-lists/{list}                               view_invitations
POST /api/v1/invitation-lists/{list}/confirm                      invite
GET /api/v1/invitation-lists/{list}/faulty.csv                    invite
GET /api/v1/invitation-lists/{list}/lines                         view_invitations
POST /api/v1/invitation-lists/{list}/steer/{how}                  invite
GET /api/v1/invitations                                           view_invitations
POST /api/v1/invitations                                          invite
POST /api/v1/invitations/csv                                      invite
GET /api/v1/invitations/{invitation}                              view_invitations
POST /api/v1/invitations/{invitation}/withdraw                    invite
GET /api/v1/keys                                                  manage_keys
POST /api/v1/keys                                                 manage_keys
POST /api/v1/keys/{key}/revoke                                    manage_keys
POST /api/v1/keys/{key}/rotate                                    manage_keys
GET /api/v1/lists                                                 view_lists
POST /api/v1/lists/refresh                                        refresh_lists
GET /api/v1/lists/refresh/{run}                                   view_lists
GET /api/v1/notices                                               read_programs
GET /api/v1/announcements                                         announce
POST /api/v1/announcements                                        announce
GET /api/v1/announcements/{announcement}                          announce
POST /api/v1/announcements/{announcement}/{how}                   announce
GET /api/v1/statistics                                            read_statistics
GET /api/v1/complaints                                            answer_complaint
POST /api/v1/applications/{id}/complaints                         take_complaint
POST /api/v1/applications/{id}/complaints/{complaint}/open        answer_complaint
POST /api/v1/applications/{id}/complaints/{complaint}/answer      answer_complaint
GET /api/v1/notices/rollouts                                      roll_out
POST /api/v1/notices/rollouts                                     roll_out
GET /api/v1/notices/rollouts/{notice}/{version}                   roll_out
GET /api/v1/notices/rollouts/{notice}/{version}/refused           roll_out
POST /api/v1/notices/rollouts/{notice}/{version}/accept           roll_out
POST /api/v1/notices/rollouts/{notice}/{version}/cancel           roll_out
POST /api/v1/notices/rollouts/{notice}/{version}/{how}            roll_out
GET /api/v1/programs                                              read_programs
POST /api/v1/runs                                                 retry
GET /api/v1/runs/{run}                                            view_list
GET /api/v1/runs/{run}/answers                                    view_list
POST /api/v1/runs/{run}/{how}                                     view_list
GET /api/v1/vendors                                               view_outages
POST /api/v1/vendors/{vendor}/pause                               pause_vendor
POST /api/v1/vendors/{vendor}/resume                              pause_vendor
GET /api/v1/webhook-endpoints                                     view_webhooks
POST /api/v1/webhook-endpoints                                    manage_webhooks
DELETE /api/v1/webhook-endpoints/{endpoint}                       manage_webhooks
GET /api/v1/webhook-endpoints/{endpoint}                          view_webhooks
PATCH /api/v1/webhook-endpoints/{endpoint}                        manage_webhooks
GET /api/v1/webhook-endpoints/{endpoint}/dead-letters             view_webhooks
POST /api/v1/webhook-endpoints/{endpoint}/dead-letters/replay     replay_webhooks
POST /api/v1/webhook-endpoints/{endpoint}/rotate                  manage_webhooks
POST /api/v1/webhook-endpoints/{endpoint}/test                    replay_webhooks

# Nobody needs a role.
GET /console/sign-in                                              open
GET /console/sign-in/callback                                     open
GET /console/sign-in/role                                         open
POST /console/sign-in/role                                        open
GET /console/sign-in/{token}                                      open
POST /console/sign-in/{token}                                     open
POST /console/sign-out                                            open
GET /console/stay                                                 open
POST /console/stay                                                open
GET /console/                                                     open
GET /api/v1/openapi.json                                          open
/api/v1/                                                          open
GET /healthz                                                      open
GET /readyz                                                       open
GET /metrics                                                      open
GET /assets/{file}                                                open
GET /.well-known/jwks.json                                        open
GET /.well-known/keys/{key}                                       open
GET /.well-known/ledger/keys                                      open
GET /.well-known/ledger/checkpoint                                open
GET /.well-known/ledger/checkpoint/{number}                       open
GET /.well-known/ledger/consistency/{from}/{to}                   open
GET /issuer                                                       open
GET /status/{list}                                                open
GET /achievements/{program}                                       open
GET /verify/{credential}                                          open
GET /verify/{credential}/proof                                    open
GET /                                                             open

# Others than staff and integrators.
GET /apply…                                                       applicant
POST /apply…                                                      applicant
GET /invitation…                                                  applicant
POST /invitation…                                                 applicant
POST /webhooks/…                                                  signed
/codec/                                                           decode
`

// commands says of each command of bin/vouchsafe which action its key must be for, and
// how it is called without doing anything. Without an action it asks no key: it works
// by the environment of who types it, or on files alone.
var commands = map[string]command{
	"web":                   {},
	"worker":                {},
	"program check":         {},
	"ledger show":           {}, // the bucket alone
	"ledger verify":         {}, // likewise
	"ledger key show":       {}, // what is public
	"ledger key rotate":     {},
	"ledger check":          {},
	"ledger prove":          line(identity.VerifyLedger, "ledger prove ID 1"),
	"credential keys":       {},
	"credential rotate-key": {},
	"staff-link":            {},

	"apply":            line(identity.Apply, "apply FILE"),
	"invite":           line(identity.Invite, "invite CSV --check"),
	"use-vendor":       line(identity.UseVendor, "use-vendor ID email --to none --reason x"),
	"hold list":        line(identity.ViewHolds, "hold list"),
	"hold set":         line(identity.SetHold, "hold set ID --kind legal --reason x --name x"),
	"hold release":     line(identity.SetHold, "hold release ID none --reason x"),
	"request list":     line(identity.AnswerData, "request list"),
	"request show":     line(identity.AnswerData, "request show none"),
	"request words":    line(identity.AnswerData, "request words none"),
	"request take-in":  line(identity.AnswerData, "request take-in ID --kind none"),
	"request grant":    line(identity.AnswerData, "request grant none --reason x"),
	"request refuse":   line(identity.AnswerData, "request refuse none --reason x"),
	"request extend":   line(identity.AnswerData, "request extend none --why many"),
	"request erasures": line(identity.AnswerData, "request erasures"),
	"request erased":   line(identity.AnswerData, "request erased ID none nothing"),
	"legal list":       line(identity.ViewProcess, "legal list"),
	"legal show":       line(identity.ViewProcess, "legal show none"),
	"legal open":       line(identity.AskProcess, "legal open FILE --kind warrant --authority x --reason x --applicant none --category application"),
	"legal approve":    line(identity.ApproveProcess, "legal approve none --reason x"),
	"legal refuse":     line(identity.ApproveProcess, "legal refuse none --reason x"),
	"legal give":       line(identity.AskProcess, "legal give none"),
	"legal fetch":      line(identity.AskProcess, "legal fetch none none"),
	"legal document":   line(identity.ViewProcess, "legal document none"),
	"legal told":       line(identity.AskProcess, "legal told none none --how x"),
	"kept list":        line(identity.OpenKept, "kept list ID"),
	"kept open":        line(identity.OpenKept, "kept open ID tax --basis claim --reason x"),
	"ticket list":      line(identity.ViewTickets, "ticket list"),
	"ticket open":      line(identity.OpenTicket, "ticket open ID --reason x --for 9h"),
	"ticket close":     line(identity.OpenTicket, "ticket close ID none"),
	"ticket show":      line(identity.ViewTickets, "ticket show ID none"),
	"vendor list":      line(identity.ViewOutages, "vendor list"),
	"vendor pause":     line(identity.PauseVendor, "vendor pause none --reason x"),
	"vendor resume":    line(identity.PauseVendor, "vendor resume none"),
	"notice list":      line(identity.RollOut, "notice list"),
	"notice rollout":   line(identity.RollOut, "notice rollout none 1 --effective 2020-01-01"),
	"notice owner":     line(identity.RollOut, "notice owner none --contact x --effective 2020-01-01"),
	"notice show":      line(identity.RollOut, "notice show none 1"),
	"notice pause":     line(identity.RollOut, "notice pause none 1"),
	"notice resume":    line(identity.RollOut, "notice resume none 1"),
	"notice retry":     line(identity.RollOut, "notice retry none 1"),
	"notice cancel":    line(identity.RollOut, "notice cancel none 1 --reason x"),
	"notice accept":    line(identity.RollOut, "notice accept none 1 --reason x"),
	"retention list":   line(identity.ViewRetention, "retention list"),
	"retention report": line(identity.ViewRetention, "retention report 20260101-000000000-00000000"),
	"retention run":    line(identity.Purge, "retention run"),
	"retention steer":  line(identity.Purge, "retention steer 20260101-000000000-00000000 pause"),

	"webhooks list":   line(identity.ViewWebhooks, "webhooks list"),
	"webhooks add":    line(identity.ManageWebhooks, "webhooks add none"),
	"webhooks change": line(identity.ManageWebhooks, "webhooks change none --description x"),
	"webhooks pause":  line(identity.ManageWebhooks, "webhooks pause none"),
	"webhooks resume": line(identity.ManageWebhooks, "webhooks resume none"),
	"webhooks rotate": line(identity.ManageWebhooks, "webhooks rotate none"),
	"webhooks test":   line(identity.ReplayWebhooks, "webhooks test none"),
	"webhooks delete": line(identity.ManageWebhooks, "webhooks delete none"),
	"webhooks dead":   line(identity.ViewWebhooks, "webhooks dead none"),
	"webhooks replay": line(identity.ReplayWebhooks, "webhooks replay none"),

	"status":        line(identity.ViewCase, "status ID"),
	"list":          line(identity.ViewList, "list"),
	"find":          line(identity.Search, "find --for nobody@example.com"),
	"failed":        line(identity.ViewList, "failed"),
	"retry":         line(identity.Retry, "retry ID email --reason x"),
	"waive":         line(identity.Waive, "waive ID email --reason x"),
	"assign":        line(identity.AssignCase, "assign --to 0badcafe --all-matching --program none"),
	"runs":          line(identity.ViewList, "runs 019ab3c0-0000-7000-8000-00000000ffff"),
	"lists show":    line(identity.ViewLists, "lists show"),
	"lists refresh": line(identity.RefreshLists, "lists refresh none"),
	"key list":      line(identity.ManageKeys, "key list"),
	"key make":      line(identity.ManageKeys, "key make x --action none"),
	"key rotate":    line(identity.ManageKeys, "key rotate none"),
	"key revoke":    line(identity.ManageKeys, "key revoke none"),
}
