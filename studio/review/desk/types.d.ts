// What the desk's modules speak of. Frames count from 0 and intervals include both ends; points are px of the clip.

export type Point = readonly [number, number];
export type Polygon = readonly Point[];
export type Edge = "start" | "end";

export interface Keyframe {
  readonly frame: number;
  readonly polygon: Polygon;
}

export interface Contact {
  readonly id: string;
  readonly hand: string;
  readonly finger: string;
  readonly region: string;
  readonly start: number;
  readonly end: number;
  readonly confidence: number;
  readonly keyframes: readonly Keyframe[];
  readonly touch?: string; // which touch it is of: known on the desk, neither stored nor sent
}

/** What a contact is of. */
export type Touch = Pick<Contact, "hand" | "finger" | "region">;
export type TouchField = keyof Touch;

/** The labels of a clip; never changed in place. */
export interface Labels {
  readonly pattern: string;
  readonly fps: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly source: string;
  readonly author: string;
  readonly contacts: readonly Contact[];
  readonly unsure?: readonly (readonly [number, number])[]; // of a prediction: first and last frames of where it may be wrong
}

/** The words that labels are made of, from the server. */
export interface Words {
  readonly hands: readonly string[];
  readonly fingers: readonly string[];
  readonly regions: readonly string[];
  readonly patterns: readonly string[];
  readonly sources: readonly string[];
  readonly states: readonly string[];
  readonly entry: string; // what a visitor is told for whom no clip is open
}

export interface Change {
  readonly id: string;
  readonly kind: "added" | "removed" | "changed";
  readonly lines: readonly string[];
}

// ---- from the server ----

export interface Clip {
  readonly id: number;
  readonly sha256: string;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly frames: number;
  readonly times: readonly number[] | null; // s, when each frame is shown; null for frame / fps
  readonly pattern: string;
  readonly subject: string;
  readonly environment: string;
  readonly file_name: string;
  readonly state: string;
  readonly gold: number;
  readonly flagged: boolean;
}

export interface Revision {
  readonly number: number;
  readonly kind: string;
  readonly author: string;
  readonly state: string;
  readonly note: string;
  readonly created: number;
}

export interface Labelled extends Revision {
  readonly labels: Labels;
}

export interface Claim {
  readonly lease: string;
  readonly held_by: string;
  readonly clip: Clip;
  readonly seen: number;
  readonly labels: Labels;
  readonly prelabel: Labels | null;
  readonly rivals: readonly Labelled[];
}

export interface Session {
  readonly person: string;
  readonly role: string;
  readonly visitor: boolean;
  readonly mine: readonly Claim[];
  readonly sent: readonly number[]; // clips that they sent to review, the newest first
}

export interface History {
  readonly revisions: readonly Revision[];
  readonly events: readonly { action: string; person: string; detail: string; created: number }[];
  readonly conflicts: readonly number[];
}

/** What two people changed in one place. */
export interface Clash {
  readonly contact: string;
  readonly field: string;
  readonly head: unknown;
  readonly yours: any;
}

/** Two revisions on one parent; `lost` where the clip is somebody else's: then it may be that the head is not shown. */
export type Conflict = Lost | Contested;

export interface Lost {
  readonly error: string;
  readonly yours: Labelled;
  readonly lost: true;
}

export interface Contested {
  readonly error: string;
  readonly head: Labelled;
  readonly yours: Labelled;
  readonly lost: false;
  readonly merged?: Labels;
  readonly clashes?: readonly Clash[];
}

/** Where the regions of the face are in every frame. */
export interface Track {
  readonly names: readonly string[];
  outline(name: string, frame: number): Polygon;
  points(frame: number): Polygon;
  regionAt(frame: number, point: Point): string | null;
}

/** The parts of one hand in every frame: thumb, index, middle, ring, little finger, palm; NaN where it is not seen. */
export interface HandTrack {
  readonly left: boolean;
  readonly pads: Float32Array; // of every frame and part: x, y px, and the direction
  readonly likely: Float32Array; // of every frame: that anything touches, then each part
  readonly speed: Float32Array; // mm/s, of the fastest tip
}

/** The tracked hands of a clip. */
export interface Hands {
  readonly mmPerPx: Float32Array;
  readonly axes: readonly [number, number]; // mm, half axes of a pad
  readonly palm: number; // how much larger the palm's print is
  readonly tracks: readonly HandTrack[];
}

// ---- what waits to be sent ----

/** A state of a clip's labels on its way to the server; the newest of a clip is kept until it is acknowledged. */
export interface Draft {
  readonly clip: number;
  readonly labels: Labels;
  readonly seen: number;
  readonly lease: string;
  readonly client: string;
  readonly sequence: number;
  readonly verdict?: string;
  readonly note?: string;
  readonly seconds?: number;
  readonly stuck?: boolean;
}

export type SaveKind = "clean" | "saving" | "saved" | "offline" | "failing" | "conflict" | "refused" | "looking";

/** What became of a draft. */
export interface News {
  readonly kind: SaveKind;
  readonly words?: string;
  readonly status?: number;
  readonly revision?: Revision;
  readonly answer?: any;
}

// ---- the state of the desk ----

/** An edit: the labels after it, and what is selected then; a name that ends in … goes on with the edit before. */
export interface Edit {
  readonly name: string;
  readonly labels: Labels;
  readonly at: number;
  readonly selected?: string | null;
  readonly also?: ReadonlySet<string>;
  readonly point?: number | null;
  readonly hand?: string;
}

/** An edge that is nudged frame by frame, from where it was; what is given back keeps its outlines. */
export interface Nudge {
  readonly edge: Edge;
  readonly from: readonly Contact[];
  readonly by: number;
  readonly labels: Labels;
}

/** One clip at hand. */
export interface Work {
  readonly turn: number; // which opening of a clip this is
  readonly claim: Claim;
  readonly began: number; // ms, of performance.now()
  readonly labels: Labels;
  readonly prelabel: Labels;
  readonly preview: Labels | null; // while something is dragged
  readonly undo: readonly Labels[];
  readonly redo: readonly Labels[];
  readonly edit: { readonly name: string; readonly at: number };
  readonly nudge: Nudge | null;
  readonly seen: number; // revision that the labels stand on
  readonly lease: string;
  readonly client: string;
  readonly sequence: number; // of the newest draft
  readonly verdict: { readonly verdict: string; readonly note: string; readonly seconds: number } | null;
  readonly looking: boolean; // somebody else has the clip
  readonly save: { readonly kind: SaveKind; readonly words: string };
  readonly conflict: Conflict | null;
  readonly frame: number;
  readonly playing: boolean;
  readonly selected: string | null; // contact: the touch that it is of is selected, its own outline is worked on
  readonly also: ReadonlySet<string>; // touches that are selected too
  readonly point: number | null; // of its outline
  readonly hand: string; // that goes without saying in the timeline
  readonly everywhere: boolean; // points move in every outline of the contact
  readonly visited: ReadonlySet<string>; // touches
  readonly history: History | null;
  readonly track: Track | null;
  readonly hands: Hands | null;
}

export type Option = "loop" | "regions" | "outlines" | "heat" | "landmarks" | "mirrored";

export interface State {
  readonly session: Session | null;
  readonly work: Work | null;
  readonly show: Readonly<Record<Option, boolean>>;
  readonly speed: number; // index into SPEEDS
  readonly brush: { readonly on: boolean; readonly erase: boolean; readonly radius: number | null };
  readonly done: readonly number[]; // clips, for the way back
}

export type Transition<A extends unknown[]> = (state: State, ...args: A) => State;

export interface Store {
  readonly state: State;
  apply<A extends unknown[]>(transition: Transition<A>, ...args: A): void;
  watch(watcher: (now: State, before: State) => void): void;
}

/** A work with what its clip holds open. */
export interface Prepared {
  readonly work: Work;
  readonly frames: import("./frames.js").Frames;
  readonly release: (() => void) | null;
  readonly tracking: Promise<Track | null>;
  readonly grasping: () => Promise<Hands | null>; // asked for once the clip is on the desk
}

/** What is drawn of a clip, and how: `zoom` 1 is all of it, around (x, y) px of the clip. */
export interface View {
  readonly zoom: number;
  readonly x: number | null;
  readonly y: number | null;
}

/** A view of a clip on a canvas of (wide, high) px. */
export interface Lens {
  readonly view: View;
  readonly clip: { readonly width: number; readonly height: number };
  readonly wide: number;
  readonly high: number;
  readonly across: 1 | -1; // -1 mirrored
}
