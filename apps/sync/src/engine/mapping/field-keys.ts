/** Gives a keyed fingerprint of some bytes, or of a text's UTF-8, as text; the key is the organization's. */
export type FieldHasher = (value: string | Uint8Array) => string;

/** Turns texts into tokens and back under the organization's key; undefined for what is not a token of it. */
export interface FieldTokenizer {
  tokenize(text: string): string;
  detokenize(token: string): string | undefined;
}
