import { diagnose, literal, matches, type Rule, shown } from './cel.ts';

/**
 * What an image reference looks like, after the grammar of the distribution project, which the kubelet's parser follows
 * (https://pkg.go.dev/github.com/distribution/reference#pkg-overview):
 * `[host[:port]/]path[:tag][@digest]`.
 */

const label = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][-a-zA-Z0-9]*[a-zA-Z0-9])';
const host = `(?:${label}(?:\\.${label})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const name = `(?:${host}/)?${component}(?:/${component})*`;
const tag = '[a-zA-Z0-9_][-.a-zA-Z0-9_]{0,127}';
/** The algorithms that container runtimes know. */
const digest = 'sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}';

/** Fits the grammar of a name, but runtimes take it for an image's id, and the kubelet's parser refuses it. */
const imageId = '[a-f0-9]{64}';

/** An image reference, RE2 and JavaScript syntax, without anchors. */
export const imagePattern = `${name}(?::${tag})?(?:@(?:${digest}))?`;

/** A host of 253 with a port, a path of 255, a tag of 128 and the longest digest, with their separators. */
export const imageMaxLength = 253 + 6 + 1 + 255 + 1 + 128 + 1 + 135;

const example = 'for example ghcr.io/acme/weather:1.2.3';
const blank = '[[:space:]]';

/** CEL expression of the sentence: the image, as it was written, and what there is to say about it. */
function imageIs(what: string): string {
  return `"image " + ${shown()} + ${literal(` ${what}`)}`;
}

/** Exactly one of these fails for a bad value, so that its author reads one message, about the thing to mend. */
export const imageRules: readonly Rule[] = [
  {
    rule: 'self != ""',
    message: `must not be empty: name an image, ${example}`,
    messageExpression: imageIs(`is empty: name an image, ${example}`),
  },
  {
    rule: `!self.matches("${blank}")`,
    message: 'must not have a space, a tab or a line break in it',
    messageExpression: imageIs(`has a space, a tab or a line break in it: remove it, ${example}`),
  },
  {
    rule: `self == "" || self.matches("${blank}") || ${matches('self', imagePattern)} && !${matches('self', imageId)}`,
    message: `must be an image reference, [registry[:port]/]repository[:tag][@digest], ${example}`,
    messageExpression: diagnose(
      [
        {
          when: 'self.contains("://")',
          message: imageIs(`is a URL: leave out everything up to the ://, ${example}`),
        },
        {
          when: `self.contains("@") && !self.matches("@(?:${digest})$")`,
          message: imageIs(
            'has a malformed digest: write sha256: and 64 lower-case hexadecimal digits after the @, or leave both out',
          ),
        },
        {
          when: matches('self', imageId),
          message: imageIs(`is an image id, not a name: write the repository that it is in, ${example}`),
        },
        {
          when: matches('self.lowerAscii()', imagePattern),
          message: imageIs('has upper case in the repository: write all that stands before the tag in lower case'),
        },
        {
          when: matches('self.lowerAscii()', `${name}:[^/@]*(?:@.*)?`),
          message: imageIs(
            'has a malformed tag: write 1 to 128 letters, digits, "_", "-" or "." after the ":", the first not "-" or ".", or leave both out',
          ),
        },
      ],
      imageIs(`is not an image reference: write [registry[:port]/]repository[:tag][@digest], ${example}`),
    ),
  },
];
