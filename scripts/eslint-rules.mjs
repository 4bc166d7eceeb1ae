/** Lint rules of our own, for what no existing rule says. Each has a planted violation in `lint-probes.mjs`. */

const SUPPRESSION = /^\s*eslint-(?:disable|enable)/;
const REASON = /\s--\s+\S.{9,}/;
const TODO = /\b(?:TODO|FIXME|XXX|HACK)\b(?!\s*\(#\d+\))/;

/** A suppression says why it stands, so that a reader can tell when it may go. */
const suppressionHasReason = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { missing: 'Say why the rule does not apply here: eslint-disable-next-line rule -- reason' },
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (!SUPPRESSION.test(comment.value) || comment.value.includes('eslint-enable')) continue;
        if (!REASON.test(comment.value)) context.report({ loc: comment.loc, messageId: 'missing' });
      }
    },
  }),
};

/** Unfinished work lives in an issue; a comment may point to one: TODO(#12). */
const todoNamesIssue = {
  meta: {
    type: 'suggestion',
    schema: [],
    messages: { bare: 'Name the issue that will settle this, as in TODO(#12), or settle it now.' },
  },
  create: (context) => ({
    Program() {
      for (const comment of context.sourceCode.getAllComments()) {
        if (TODO.test(comment.value)) context.report({ loc: comment.loc, messageId: 'bare' });
      }
    },
  }),
};

export const millrace = {
  rules: { 'suppression-has-reason': suppressionHasReason, 'todo-names-issue': todoNamesIssue },
};
