package console

import (
	"cmp"
	"net/url"
	"slices"

	"github.com/vouchsafe/vouchsafe/internal/applicants"
	"github.com/vouchsafe/vouchsafe/internal/identity"
	"github.com/vouchsafe/vouchsafe/internal/onboarding"
	"github.com/vouchsafe/vouchsafe/internal/web"
	"github.com/vouchsafe/vouchsafe/workflows"
)

// failedVendors puts the counts together by vendor, the one with most first.
func failedVendors(counts []applicants.FailedCount, f applicants.Filter, outages []workflows.VendorOutage) (out []failedVendor) {
	for _, n := range counts {
		i := slices.IndexFunc(out, func(v failedVendor) bool { return v.Vendor == n.Vendor })
		if i < 0 {
			i = len(out)
			out = append(out, failedVendor{Vendor: n.Vendor})
			if at := slices.IndexFunc(outages, func(o workflows.VendorOutage) bool { return o.Vendor == n.Vendor }); at >= 0 {
				if o := &outages[at]; !o.Since.IsZero() {
					out[i].Out = o
				}
				if p := &outages[at].Pause; !p.Since.IsZero() {
					out[i].Pause = p
				}
			}
		}
		g := group{FailedCount: n, Current: n.Check == f.Check && n.Vendor == f.Vendor && (n.Error == f.Error || f.Error == "")}
		g.URL = failedURL(applicants.Filter{Check: n.Check, Vendor: n.Vendor, Error: n.Error, Program: f.Program})
		out[i].Groups = append(out[i].Groups, g)
		out[i].Count += n.Count
	}
	slices.SortStableFunc(out, func(a, b failedVendor) int { return cmp.Compare(b.Count, a.Count) })
	return out
}

// failedFilters are the selects of the page's filter: what there is, and what is
// asked for although there is none of it any more.
func (c *Console) failedFilters(who identity.Staff, counts []applicants.FailedCount, f applicants.Filter) []choice {
	of := func(name, label, now string, words func(string) string, each func(applicants.FailedCount) string) choice {
		values := []string{now}
		for _, n := range counts {
			values = append(values, each(n))
		}
		slices.Sort(values)
		out := choice{Name: name, Label: label, Value: now}
		for _, v := range slices.Compact(values) {
			if v != "" {
				out.Options = append(out.Options, web.Option{Value: v, Label: words(v)})
			}
		}
		return out
	}
	out := []choice{
		of("vendor", "Vendor", f.Vendor, workflows.VendorTitle, func(n applicants.FailedCount) string { return n.Vendor }),
		of("check", "Check", string(f.Check), func(v string) string { return workflows.CheckWords(onboarding.CheckName(v)) }, func(n applicants.FailedCount) string { return string(n.Check) }),
		of("error", "Kind of error", string(f.Error), problemWords, func(n applicants.FailedCount) string { return string(n.Error) }),
	}
	programs := choice{Name: "program", Label: "Program", Value: f.Program}
	for _, p := range c.ownPrograms(who) {
		programs.Options = append(programs.Options, web.Option{Value: p.ID, Label: p.Title})
	}
	return append(out, programs)
}

// failedFilterOf reads the part of a filter that the failed checks' page knows.
// Anything else must not narrow its lines: the button that retries all that
// match would then mean more than is shown.
func failedFilterOf(q url.Values) applicants.Filter {
	if held := q.Get("held"); held != "" { // what waits for a paused vendor
		return applicants.Filter{Held: held, Vendor: held, Program: q.Get("program"), Limit: perPage}
	}
	return applicants.Filter{Check: onboarding.CheckName(q.Get("check")), Vendor: q.Get("vendor"), Error: onboarding.Code(q.Get("error")), Program: q.Get("program"),
		Failed: true, Limit: perPage}
}

// failedFilter is failedFilterOf's inverse.
func failedFilter(f applicants.Filter) url.Values {
	q := url.Values{}
	if f.Held != "" {
		f.Vendor = ""
	}
	for name, value := range map[string]string{"held": f.Held, "check": string(f.Check), "vendor": f.Vendor, "error": string(f.Error), "program": f.Program} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func failedURL(f applicants.Filter) string {
	if q := failedFilter(f).Encode(); q != "" {
		return failedPath + "?" + q
	}
	return failedPath
}

// matching is how many of the counted checks a filter lets through.
func matching(counts []applicants.FailedCount, f applicants.Filter) int {
	n := 0
	for _, g := range counts {
		if f.Means(g.FailedAt) {
			n += g.Count
		}
	}
	return n
}
