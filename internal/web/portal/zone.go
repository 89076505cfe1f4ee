package portal

import (
	"net/http"
	"slices"
	"time"
	_ "time/tzdata" // every machine knows the zones, and the same
)

// zone is a time zone as people call it.
type zone struct {
	Name     string // IANA
	Title    string
	location *time.Location
}

// zones are those of the United States.
var zones = mustZones([]zone{
	{Name: "America/New_York", Title: "Eastern Time"}, {Name: "America/Chicago", Title: "Central Time"},
	{Name: "America/Denver", Title: "Mountain Time"}, {Name: "America/Phoenix", Title: "Arizona time"},
	{Name: "America/Los_Angeles", Title: "Pacific Time"}, {Name: "America/Anchorage", Title: "Alaska Time"},
	{Name: "Pacific/Honolulu", Title: "Hawaii Time"}, {Name: "America/Puerto_Rico", Title: "Puerto Rico time"},
})

func mustZones(all []zone) []zone {
	for i := range all {
		location, err := time.LoadLocation(all[i].Name)
		if err != nil {
			panic("portal: " + err.Error())
		}
		all[i].location = location
	}
	return all
}

// homeZones is the zone that most people of a state live in. It is a first guess:
// the page names it and lets one choose.
var homeZones = map[string][]string{
	"America/New_York": {"CT", "DC", "DE", "FL", "GA", "IN", "KY", "MA", "MD", "ME", "MI", "NC", "NH", "NJ", "NY", "OH", "PA", "RI", "SC", "VA", "VT", "WV"},
	"America/Chicago":  {"AL", "AR", "IA", "IL", "KS", "LA", "MN", "MO", "MS", "ND", "NE", "OK", "SD", "TN", "TX", "WI"},
	"America/Denver":   {"CO", "ID", "MT", "NM", "UT", "WY"}, "America/Phoenix": {"AZ"},
	"America/Los_Angeles": {"CA", "NV", "OR", "WA"}, "America/Anchorage": {"AK"}, "Pacific/Honolulu": {"HI"}, "America/Puerto_Rico": {"PR", "VI"},
}

func zoneNamed(name string) (zone, bool) {
	i := slices.IndexFunc(zones, func(z zone) bool { return z.Name == name })
	if i < 0 {
		return zone{}, false
	}
	return zones[i], true
}

// zoneOf is the zone that the applicant chose, else that of their home, else the
// program's own.
func zoneOf(r *http.Request, v *visit, n need) zone {
	chosen := r.URL.Query().Get("zone")
	if r.Method == http.MethodPost {
		chosen = r.PostForm.Get("zone")
	}
	if z, ok := zoneNamed(chosen); ok {
		return z
	}
	for name, states := range homeZones {
		if slices.Contains(states, v.view.Place.State) {
			z, _ := zoneNamed(name)
			return z
		}
	}
	if z, ok := zoneNamed(n.Live.TimeZone); ok {
		return z
	}
	location, err := time.LoadLocation(n.Live.TimeZone)
	if err != nil { // the program's file was checked when it was loaded
		return zone{Name: "UTC", Title: "UTC", location: time.UTC}
	}
	return zone{Name: n.Live.TimeZone, Title: n.Live.TimeZone, location: location}
}

// zonesWith lists the zones to choose from, with the one that is shown among them.
func zonesWith(z zone) []zone {
	if _, ok := zoneNamed(z.Name); ok {
		return zones
	}
	return append([]zone{z}, zones...)
}
