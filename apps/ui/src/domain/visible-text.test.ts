import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { visibleText } from './visible-text.js';

describe('visible text', () => {
  test('leaves ordinary text of any language alone', () => {
    for (const text of ['/usr/bin/curl --url=https://a.b/?q=1', 'größe', '日本語', 'العربية', '🦊']) {
      expect(visibleText(text)).toBe(text);
    }
  });

  test('pictures control characters', () => {
    expect(visibleText('a\u001b[31mb\r\nc\u0000\u007f')).toBe('a␛[31mb␍␊c␀␡');
    expect(visibleText('\u0085')).toBe('⟨U+0085⟩');
  });

  test('names bidirectional and zero-width characters', () => {
    expect(visibleText('user\u202egpj.exe')).toBe('user⟨U+202E⟩gpj.exe');
    expect(visibleText('a\u2066\u2069\u200b\u200f\ufeffb')).toBe(
      'a⟨U+2066⟩⟨U+2069⟩⟨U+200B⟩⟨U+200F⟩⟨U+FEFF⟩b',
    );
  });

  test('names tag characters, fillers and halves of surrogate pairs', () => {
    expect(visibleText('\u{e0041}\u3164\ud800')).toBe('⟨U+E0041⟩⟨U+3164⟩⟨U+D800⟩');
  });

  test('no text keeps a character that could act', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(visibleText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]/u);
      }),
    );
  });
});
