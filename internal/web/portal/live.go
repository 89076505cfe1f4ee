package portal

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// slotDay is one day on which there are appointments.
type slotDay struct {
	Day  string // YYYY-MM-DD
	At   time.Time
	Free int // appointments
}

type livePage struct {
	Need   need
	Zone   zone
	Zones  []zone
	Booked bool // show the appointment
	At     time.Time
	Until  time.Time
	Days   []slotDay
	Day    time.Time
	Form   web.Form
}

// in gives the requirement's appointment in a zone.
func (n need) appointment(z zone) (at, until time.Time) {
	at = n.Line.Slot.In(z.location)
	return at, at.Add(time.Duration(n.Live.Minutes) * time.Minute)
}

// showLive shows the appointment, or the days on which one can be had.
func (p *Portal) showLive(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	z := zoneOf(r, v, n)
	body := livePage{Need: n, Zone: z, Zones: zonesWith(z)}
	if !n.Line.Slot.IsZero() {
		body.At, body.Until = n.appointment(z)
		if n.State == needHeld || r.URL.Query().Get("change") == "" {
			body.Booked = true
			p.show(w, r, "live", web.Page{Title: n.Title, Said: true, Back: certificationPath, Body: body})
			return
		}
	}
	slots, ok := p.slots(w, r, v, n)
	if !ok {
		return
	}
	for _, s := range slots {
		at := s.At.In(z.location)
		day := at.Format(time.DateOnly)
		if len(body.Days) == 0 || body.Days[len(body.Days)-1].Day != day {
			body.Days = append(body.Days, slotDay{Day: day, At: at})
		}
		body.Days[len(body.Days)-1].Free++
	}
	back := certificationPath
	if !n.Line.Slot.IsZero() {
		back = n.Path
	}
	p.show(w, r, "live", web.Page{Title: n.Title, Said: true, Back: back, Body: body})
}

// slots gives what can be booked; false after an answer that leads elsewhere.
func (p *Portal) slots(w http.ResponseWriter, r *http.Request, v *visit, n need) ([]applicants.Slot, bool) {
	slots, err := p.service.Slots(r.Context(), v.id, n.ID)
	switch {
	case err == nil:
		return slots, true
	case p.tooLate(w, r, n, err):
	default:
		p.site.Fail(w, r, err)
	}
	return nil, false
}

// showTimes shows the times of one day.
func (p *Portal) showTimes(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if slots, ok := p.slots(w, r, v, n); ok {
		p.askTime(w, r, v, n, slots, "", "")
	}
}

// timesForm has the times of the day that the address names, in the zone.
func timesForm(slots []applicants.Slot, day string, z zone) web.Form {
	in := &web.Input{ID: "slot", Label: "Choose a time", Noun: "a time"}
	for _, s := range slots {
		at := s.At.In(z.location)
		if at.Format(time.DateOnly) == day {
			in.Options = append(in.Options, web.Option{Value: strconv.FormatInt(s.At.Unix(), 10), Label: timeIn(at) + " – " + timeIn(s.Until.In(z.location))})
		}
	}
	return web.Form{in}
}

// weekday, dayIn and timeIn write a time in the zone that it is in.
func weekday(t time.Time) string { return t.Format("Monday") }
func dayIn(t time.Time) string   { return t.Format("January 2, 2006") }
func timeIn(t time.Time) string  { return t.Format("3:04 PM") }

func (p *Portal) askTime(w http.ResponseWriter, r *http.Request, v *visit, n need, slots []applicants.Slot, value, problem string) {
	z := zoneOf(r, v, n)
	day, err := time.ParseInLocation(time.DateOnly, r.PathValue("item"), z.location)
	f := timesForm(slots, r.PathValue("item"), z)
	if err != nil || len(f[0].Options) == 0 {
		web.Redirect(w, r, n.Path+"?change=yes&zone="+z.Name)
		return
	}
	f[0].Value, f[0].Problem = value, problem
	p.show(w, r, "live_day", web.Page{Title: n.Title, Said: true, Back: n.Path + "?change=yes&zone=" + z.Name, Problems: f.Problems(),
		Body: livePage{Need: n, Zone: z, Day: day, Form: f}})
}

// bookTime books the time, in the place of one that is booked.
func (p *Portal) bookTime(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	value := r.PostForm.Get("slot")
	seconds, err := strconv.ParseInt(value, 10, 64)
	at := time.Unix(seconds, 0).UTC()
	z := zoneOf(r, v, n)
	switch {
	case r.PostForm.Get("attempt") != strconv.Itoa(n.Line.Attempt):
		web.Redirect(w, r, n.Path)
		return
	case err == nil && n.Line.Slot.Equal(at): // pressed twice
		web.Redirect(w, r, n.Path+"?zone="+z.Name)
		return
	}
	slots, ok := p.slots(w, r, v, n)
	if !ok {
		return
	}
	free := func(all []applicants.Slot) bool {
		return slices.ContainsFunc(all, func(s applicants.Slot) bool { return s.At.Equal(at) })
	}
	switch {
	case value == "" || err != nil:
		p.askTime(w, r, v, n, slots, "", "Choose a time")
		return
	case !free(slots):
		p.askTime(w, r, v, n, slots, "", taken)
		return
	}
	_, err = p.service.BookSlot(r.Context(), v.id, n.ID, n.Line.Attempt, at)
	switch onboarding.CodeOf(err) {
	case onboarding.CodeNotNow, onboarding.CodeInvalid:
		if slots, ok = p.slots(w, r, v, n); ok {
			p.askTime(w, r, v, n, slots, "", taken)
		}
	default:
		if err != nil {
			p.site.Fail(w, r, err)
			return
		}
		web.Redirect(w, r, n.Path+"?zone="+z.Name)
	}
}

const taken = "Somebody else has just taken that time, or it is too near by now. Choose another"

// showCancelTime asks once before the appointment is given back.
func (p *Portal) showCancelTime(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if n.State != needBooked {
		web.Redirect(w, r, n.Path)
		return
	}
	z := zoneOf(r, v, n)
	body := livePage{Need: n, Zone: z}
	body.At, body.Until = n.appointment(z)
	p.show(w, r, "live_cancel", web.Page{Title: "Cancel your appointment?", Back: n.Path + "?zone=" + z.Name, Body: body})
}

// cancelTime gives the appointment back.
func (p *Portal) cancelTime(w http.ResponseWriter, r *http.Request, v *visit, n need) {
	if err := web.ParseForm(r); err != nil {
		p.site.Fail(w, r, err)
		return
	}
	if n.State == needBooked && r.PostForm.Get("attempt") == strconv.Itoa(n.Line.Attempt) {
		_, err := p.service.GiveSlotBack(r.Context(), v.id, n.ID, n.Line.Attempt)
		if err != nil && onboarding.CodeOf(err) != onboarding.CodeNotNow {
			p.site.Fail(w, r, err)
			return
		}
	}
	web.Redirect(w, r, n.Path+"?zone="+zoneOf(r, v, n).Name)
}
