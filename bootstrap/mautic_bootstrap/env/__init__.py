"""The application's `.env` file: parse, quote, guard, plan, replace atomically.

cache_key     a new key for the token cache
secret_file   a file with one secret in it
credentials   which variables are ours, and reading them back
quoting       one spelling that every reader of `.env` files understands alike
document      a `.env` file as entries that keep every byte
merge         our variables set in a document; nothing foreign changes
masking       a document as a person may see it
location      where the file really is, and who else could replace it
git           whether git could carry it away
guards        every reason why it may not be written
lock          one writer at a time
file          plan and write
"""
