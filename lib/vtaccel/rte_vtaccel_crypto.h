/* SPDX-License-Identifier: BSD-3-Clause
 * Copyright(c) 2026 Vinetalk authors
 */

#ifndef RTE_VTACCEL_CRYPTO_H
#define RTE_VTACCEL_CRYPTO_H

/**
 * @file
 * The procedures of the crypto accelerator, and their arguments.
 *
 * A caller puts struct rte_vtaccel_crypto_args and the bytes behind it into his arena and names it by offset.
 * Nothing else of the accelerator class is needed here. Byte order of the numbers is the host's.
 *
 * | procedure                                    | inputs          | outputs         | result word |
 * | -------------------------------------------- | --------------- | --------------- | ----------- |
 * | aes_gcm_encrypt, chacha20_poly1305_encrypt   | data            | data, tag       | data bytes  |
 * | aes_gcm_decrypt, chacha20_poly1305_decrypt   | data, tag       | data            | data bytes  |
 * | aes_cbc_encrypt, aes_cbc_decrypt             | data            | data            | data bytes  |
 * | aes_ctr_encrypt, aes_ctr_decrypt             | data            | data            | data bytes  |
 * | sha1_digest, sha224_, sha256_, sha384_, sha512_   | data       | digest          | digest bytes |
 * | sha1_verify, ...                             | data, digest    | none            | 0           |
 * | hmac_sha1_digest, hmac_sha224_, ... sha512_  | data            | digest          | digest bytes |
 * | hmac_sha1_verify, ...                        | data, digest    | none            | 0           |
 *
 * Which of them there are, and with which lengths, depends on the device: what it cannot do is not listed.
 *
 * Data is one segment. An output segment may be larger than needed; the rest is left as it was. Input
 * and output may be the same place, beginning at the same byte, or places that do not overlap.
 *
 * Without a segment for it, the tag of aes_gcm_ and chacha20_poly1305_ is right behind the data, as RFC 5116 has it: an
 * encryption with one output writes data and tag there, a decryption with one input finds both. Such a
 * task has its segments in the request, and costs less than one with three.
 *
 * A task ends with
 * - -EINVAL: lengths of key, IV, additional data, tag or data that the procedure does not have, such as an input that is
 *   shorter than the tag behind it; reserved
 *   fields that are not 0; segments that overlap by halves;
 * - -EBADMSG: a tag or digest is not that of the data. Outputs of a decryption are zeroed;
 * - -ENOSPC: an output is too small; the result is how many bytes it needs;
 * - -EMSGSIZE: the device cannot do so much at once; the result is how much it can do in this way
 *   (in place or not);
 * - -ENOMEM: no memory for a session;
 * - -EIO: the device failed.
 *
 * A session, which is a key made ready, is kept for each stream (virtual accelerator) and key, up to a bound of the device;
 * the one that was not used for longest goes. Keys are wiped where they were when it goes, and so are the appliance's
 * copies of arguments at the end of each task. What is in the arena is the client's to wipe.
 */

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define RTE_VTACCEL_PROC_AES_GCM_ENCRYPT "aes_gcm_encrypt"  /**< AES-GCM (NIST SP 800-38D). */
#define RTE_VTACCEL_PROC_AES_GCM_DECRYPT "aes_gcm_decrypt"  /**< AES-GCM (NIST SP 800-38D). */
#define RTE_VTACCEL_PROC_CHACHA20_POLY1305_ENCRYPT "chacha20_poly1305_encrypt" /**< RFC 8439. */
#define RTE_VTACCEL_PROC_CHACHA20_POLY1305_DECRYPT "chacha20_poly1305_decrypt" /**< RFC 8439. */
#define RTE_VTACCEL_PROC_AES_CBC_ENCRYPT "aes_cbc_encrypt"  /**< Without padding: data is whole blocks of 16. */
#define RTE_VTACCEL_PROC_AES_CBC_DECRYPT "aes_cbc_decrypt"  /**< Without padding: data is whole blocks of 16. */
#define RTE_VTACCEL_PROC_AES_CTR_ENCRYPT "aes_ctr_encrypt"  /**< The IV is the first counter block. */
#define RTE_VTACCEL_PROC_AES_CTR_DECRYPT "aes_ctr_decrypt"  /**< The IV is the first counter block. */

/** Most data bytes of a task, whatever the device. */
#define RTE_VTACCEL_CRYPTO_MAX_LEN (64U << 20)
/** Most bytes of a key. */
#define RTE_VTACCEL_CRYPTO_MAX_KEY 256

/**
 * Arguments of all of them. Key, IV and additional data stand behind each other in bytes[], and
 * the argument length is that of all together. It is longer than what fits into a request, so
 * that a key is never in a ring.
 */
struct rte_vtaccel_crypto_args {
	uint16_t key_len; /**< Bytes of the key; 0 for digests without one. */
	uint16_t iv_len;  /**< Bytes of the IV; 0 where there is none. GCM and Poly1305: 12. */
	uint16_t aad_len; /**< Bytes of additional authenticated data of GCM and Poly1305; else 0. */
	uint16_t tag_len; /**< Bytes of tag or digest; 0: the usual ones, 16 of a tag and all of a digest. */
	uint32_t reserved[6]; /**< Zero. */
	uint8_t bytes[];  /**< Key, then IV, then additional data. */
};

#ifdef __cplusplus
}
#endif

#endif /* RTE_VTACCEL_CRYPTO_H */
