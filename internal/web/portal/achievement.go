package portal

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/vouchsafe/vouchsafe/internal/program"
	"github.com/vouchsafe/vouchsafe/internal/web"
)

// achievement says what a certificate stands for: it is the address of the
// achievement that a badge names (Open Badges 3.0, class Achievement). People get a
// page, programs that ask for JSON the achievement itself.
func (p *Portal) achievement(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Vary", "Accept")
	for _, pr := range p.programs.All() {
		if pr.ID != r.PathValue("program") {
			continue
		}
		if accept := r.Header.Get("Accept"); strings.Contains(accept, "json") && !strings.Contains(accept, "text/html") {
			p.achievementJSON(w, pr)
			return
		}
		p.answer(w, r, "achievement", web.Page{Title: pr.Certification.Credential.Name, Body: pr})
		return
	}
	p.site.Refuse(w, r, http.StatusNotFound, "There is no program with that name.", "Certificates of a program that is offered no more say what they were issued for.")
}

func (p *Portal) achievementJSON(w http.ResponseWriter, pr program.Program) {
	c := pr.Certification.Credential
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Access-Control-Allow-Origin", "*")
	w.Header().Set("Cache-Control", "public, max-age=3600")
	_ = json.NewEncoder(w).Encode(map[string]any{ // the connection is gone
		"@context": []string{"https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"},
		"id":       p.publicURL + "/achievements/" + pr.ID, "type": []string{"Achievement"}, "name": c.Name, "description": c.Description,
		"criteria": map[string]string{"narrative": "Certified for the program " + pr.Title + "."},
	})
}
