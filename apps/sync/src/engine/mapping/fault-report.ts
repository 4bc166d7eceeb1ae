/** Notes a fault at a path below the stream that is being planned, with a hint for its author. */
export type Report = (path: readonly PropertyKey[], message: string) => void;
