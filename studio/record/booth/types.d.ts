// What the booth's modules speak of. Frames count from 0 and intervals include both ends; points are px of the clip.

export interface Pattern {
  readonly title: string;
  readonly do: string;
  readonly film: string | null; // where its moving picture is
}

/** From the server, as the page is made. */
export interface Words {
  readonly patterns: Readonly<Record<string, Pattern>>;
  readonly environments: readonly string[];
  readonly consent: {
    readonly version: string;
    readonly points: readonly (readonly [string, string])[];
    readonly adult: string;
    readonly agreed: string;
  };
}

/** Where somebody stands. */
export interface Standing {
  readonly subject: string | null;
  readonly login: string | null;
  readonly agreed: string;
  readonly plan: readonly string[];
  readonly kept: readonly string[];
  readonly skipped: readonly string[];
  readonly next: string | null;
}

export interface Overlay {
  readonly fps: number;
  readonly frames: number;
  readonly width: number;
  readonly height: number;
  readonly contacts: readonly {
    readonly words: string;
    readonly start: number;
    readonly end: number;
    readonly polygons: readonly (readonly (readonly [number, number])[])[];
  }[];
}

/** A recording that is not kept yet. */
export interface Take {
  readonly take: string;
  readonly pattern: string;
  readonly step: "wait" | "convert" | "look" | "done" | "failed";
  readonly fraction: number;
  readonly error?: string;
  readonly done?: boolean;
  readonly words?: string;
  readonly labels?: Overlay;
}

export type State =
  | "opening" | "failed" | "consent" | "told" | "camera" | "ready" | "count" | "film" | "look" | "seen" | "rest";
