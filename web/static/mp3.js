// Where in an MP3 of a constant bit rate a second lies (ISO/IEC 11172-3, the header of a frame; MPEG 1 and 2, layer III).

const KBPS_1 = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const KBPS_2 = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** {offset, bytesPerSecond} of the first frame among the first bytes of a file; null where there is none. */
export function firstFrame(bytes) {
  for (let i = afterTag(bytes); i + 4 <= bytes.length; i++) {
    if (bytes[i] !== 0xff || (bytes[i + 1] & 0xe6) !== 0xe2) continue; // eleven bits of sync, layer III
    const version1 = (bytes[i + 1] & 0x18) === 0x18;
    const kbps = (version1 ? KBPS_1 : KBPS_2)[bytes[i + 2] >> 4];
    if (kbps) return { offset: i, bytesPerSecond: kbps * 125 };
  }
  return null;
}

/** Behind an ID3v2 tag, whose length stands in four times seven bits. */
function afterTag(bytes) {
  if (String.fromCharCode(...bytes.slice(0, 3)) !== "ID3") return 0;
  return 10 + bytes.slice(6, 10).reduce((length, byte) => length * 128 + byte, 0);
}
