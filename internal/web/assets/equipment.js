// The equipment check. The page is a whole form without this script; with it the
// line is measured against the portal itself, by the portal's own clock, and a
// microphone is looked for. No sound is recorded, and none leaves the device.
// Every word that it says stands in the page, in the page's language.
(function () {
  "use strict";
  var form = document.getElementById("equipment");
  var here = document.getElementById("measure");
  if (!form || !here || !window.fetch || !window.crypto) return;

  var LINE = "/apply/line", MAX_DOWN = 2 << 20, MAX_UP = 1 << 20, MOST_DOWN = 4 << 20, MOST_UP = 2 << 20, LONG = 1200, PATIENCE = 20000;
  var note = "", asksMicrophone = here.hasAttribute("data-microphone");
  var byHand = document.getElementById("by-hand"), send = document.getElementById("send"), instead = document.getElementById("instead");

  function words(name) {
    var at = here.querySelector("[data-say='" + name + "']");
    return at ? at.textContent : "";
  }
  function say(where, name) { document.getElementById(where).textContent = words(name); }
  function show(element, on) { if (element) element.hidden = !on; }
  function field(name) { return form.querySelector("input[name='" + name + "']"); }

  // ask sends one request of the measurement, with the note of the answer before.
  function ask(bytes, body) {
    var stop = new AbortController(), timer = setTimeout(function () { stop.abort(); }, PATIENCE);
    var options = { cache: "no-store", credentials: "same-origin", signal: stop.signal, headers: { "X-Line": note } };
    if (body) { options.method = "POST"; options.body = body; options.headers["Content-Type"] = "application/octet-stream"; }
    return fetch(body ? LINE : LINE + "?bytes=" + bytes, options).then(function (r) {
      if (!r.ok) { var e = new Error("status"); e.status = r.status; throw e; }
      return bytes > 0 ? r.arrayBuffer() : r.json();
    }).then(function (got) {
      note = bytes > 0 ? new TextDecoder().decode(new Uint8Array(got, bytes)) : got.note;
      return got;
    }).finally(function () { clearTimeout(timer); });
  }

  function delays(left) { return left ? ask(0).then(function () { return delays(left - 1); }) : Promise.resolve(); }

  // rounds grow until one takes long enough to tell, or until the data is used up.
  function next(size, took, most) { return Math.min(most, Math.max(size, Math.round(size * LONG / Math.max(took, 20)))); }

  function down(size, used) {
    var began = performance.now();
    return ask(size).then(function () {
      var took = performance.now() - began, more = next(size, took, MAX_DOWN);
      if (took >= LONG / 2 || used + size + more > MOST_DOWN) return;
      return down(more, used + size);
    });
  }

  function noise(size) {
    var out = new Uint8Array(size);
    for (var i = 0; i < size; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(i + 65536, size)));
    return out;
  }

  function up(size, used) {
    var body = noise(size), began;
    return ask(0).then(function () {
      began = performance.now();
      return ask(0, body);
    }).then(function (got) {
      var took = performance.now() - began, more = next(size, took, MAX_UP);
      if (took >= LONG / 2 || used + size + more > MOST_UP) return got;
      return up(more, used + size);
    });
  }

  function measure() {
    var button = document.getElementById("measure-line");
    button.disabled = true;
    note = "";
    say("line-says", "busy");
    // One answer more than is counted: the first brings the connection about.
    delays(8).then(function () { return down(128 << 10, 0); }).then(function () {
      say("line-says", "busy-up");
      return up(64 << 10, 0);
    }).then(function (got) {
      document.getElementById("down").textContent = got.down;
      document.getElementById("up").textContent = got.up;
      document.getElementById("latency").textContent = got.latency;
      show(document.getElementById("numbers"), true);
      field("line").value = got.note;
      var enough = got.down >= +here.dataset.down && got.up >= +here.dataset.up && (!+here.dataset.latency || got.latency <= +here.dataset.latency);
      var missing = asksMicrophone && field("microphone").value === "";
      say("line-says", !enough ? "short" : missing ? "enough-next" : "enough");
      settled();
    }).catch(function (e) {
      say("line-says", e.status === 429 ? "often" : e.status === 401 ? "signed-out" : "failed");
    }).finally(function () { button.disabled = false; });
  }

  // listen looks for a microphone and shows for some seconds how loud it is.
  function listen() {
    var button = document.getElementById("find-microphone"), meter = document.getElementById("loudness"), Context = window.AudioContext || window.webkitAudioContext;
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { say("microphone-says", "unable"); return; }
    button.disabled = true;
    say("microphone-says", "asking");
    navigator.mediaDevices.getUserMedia({ audio: true, video: false }).then(function (stream) {
      var track = stream.getAudioTracks()[0], loudest = 0;
      function end() {
        stream.getTracks().forEach(function (t) { t.stop(); });
        show(meter, false);
        button.disabled = false;
        field("microphone").value = track ? "yes" : "no";
        say("microphone-says", !track ? "none" : loudest > 0.02 || !Context ? "heard" : "silent");
        settled();
      }
      if (!track || !Context) { end(); return; }
      var context = new Context(), hears = context.createAnalyser(), samples = new Float32Array(hears.fftSize), until = performance.now() + 5000;
      if (context.resume) context.resume();
      context.createMediaStreamSource(stream).connect(hears);
      show(meter, true);
      say("microphone-says", "speak");
      (function look() {
        hears.getFloatTimeDomainData(samples);
        var sum = 0;
        for (var i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
        var loud = Math.sqrt(sum / samples.length);
        loudest = Math.max(loudest, loud);
        meter.value = Math.min(1, loud * 5);
        if (performance.now() < until) { setTimeout(look, 100); return; }
        context.close();
        end();
      })();
    }).catch(function (e) {
      button.disabled = false;
      var none = e.name === "NotFoundError" || e.name === "OverconstrainedError";
      if (none) { field("microphone").value = "no"; settled(); }
      say("microphone-says", none ? "none" : e.name === "NotAllowedError" ? "refused" : "unable");
    });
  }

  // settled turns the form into one of the measurement as soon as it is whole.
  function settled() {
    var whole = field("line").value !== "" && (!asksMicrophone || field("microphone").value !== "");
    if (!whole) return;
    hand(false);
  }

  // hand shows what is answered by hand, or hides it and hands in what was measured.
  function hand(on) {
    show(byHand, on);
    if (byHand) byHand.disabled = !on;
    show(send, on || field("line").value !== "");
    show(instead, !on && byHand);
    if (on) { field("line").value = ""; field("microphone").value = ""; show(document.getElementById("numbers"), false); }
  }

  document.getElementById("measure-line").addEventListener("click", measure);
  if (asksMicrophone) document.getElementById("find-microphone").addEventListener("click", listen);
  instead.addEventListener("click", function () {
    hand(true);
    var first = byHand.querySelector("input");
    if (first) first.focus();
  });
  show(here, true);
  field("line").value = "";
  field("microphone").value = "";
  hand(form.hasAttribute("data-by-hand"));
})();
