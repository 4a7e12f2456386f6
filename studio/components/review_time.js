// Which contact, which frame, playing.

const STEPS = [1, 0.5, 0.25]; // of full speed

function addTime(root, desk) {
  let clock = null;

  desk.select = (id, { goThere = true } = {}) => {
    const { work } = desk;
    Object.assign(work, { selected: id, point: null });
    work.visited.add(id);
    const contact = desk.contact();
    if (goThere && contact && (work.frame < contact.start || work.frame > contact.end)) desk.go(contact.start);
    desk.render();
  };
  const ordered = () => desk.work.labels.contacts.toSorted((a, b) => a.start - b.start);
  const neighbour = (by) => {
    const at = ordered().findIndex((contact) => contact.id === desk.work.selected);
    return at < 0 ? (by > 0 ? ordered()[0] : ordered().at(-1)) : ordered()[at + by];
  };
  desk.hasNext = (by) => Boolean(neighbour(by));
  desk.selectNext = (by) => {
    const contact = neighbour(by) ?? (by > 0 ? ordered()[0] : ordered().at(-1));
    if (contact) desk.select(contact.id);
  };
  desk.selectUnseen = () => {
    const left = ordered().filter((contact) => !desk.work.visited.has(contact.id));
    if (left.length) desk.select(left[0].id);
    else desk.say("You have looked at every contact of this clip.");
  };
  desk.go = (frame) => {
    const { work } = desk;
    const to = clamp(frame, 0, work.claim.clip.frames - 1);
    if (to !== work.frame && work.point !== null) work.point = null;
    work.frame = to;
    work.frames.rest(to);
    desk.render();
  };
  desk.toggle = () => (desk.work.playing ? desk.pause() : play());
  desk.slower = () => {
    desk.speed = (desk.speed + 1) % STEPS.length;
    desk.render();
  };

  desk.pause = () => {
    cancelAnimationFrame(clock);
    if (desk.work) desk.work.playing = false;
    desk.render();
  };

  function play() {
    const { work } = desk;
    const { clip } = work.claim;
    work.playing = true;
    work.point = null;
    let last = performance.now();
    let exact = work.frame;
    const tick = (now) => {
      if (desk.work !== work || !work.playing || !root.isConnected) return;
      const contact = desk.show.loop ? desk.contact() : null;
      const [from, to] = contact ? [Math.max(contact.start - 3, 0), Math.min(contact.end + 3, clip.frames - 1)] : [0, clip.frames - 1];
      exact += ((now - last) / 1000) * clip.fps * STEPS[desk.speed];
      last = now;
      if (exact >= to + 1 || exact < from) exact = from;
      const frame = Math.min(Math.floor(exact), to);
      if (frame !== work.frame) {
        work.frame = frame;
        desk.render();
      }
      clock = requestAnimationFrame(tick);
    };
    clock = requestAnimationFrame(tick);
    desk.render();
  }

  desk.option = (name) => {
    desk.show[name] = !desk.show[name];
    desk.render();
  };
  desk.zoom = (factor) => {
    const polygon = desk.outline();
    if (factor > 1 && polygon && desk.stage.zoomed === 1) desk.stage.fit(polygon);
    else desk.stage.zoom(factor);
  };
  desk.fit = () => desk.stage.fit(desk.stage.zoomed === 1 ? desk.outline() : null);
}
