"""Where an application's credentials live: its `.env`, and perhaps a place beside it for the secrets among them.

sink        what the stages read, plan and write, wherever that is
store       what a place beside `.env` has to offer
folder      a folder with one file for each secret
vault       an encrypted file of Ansible variables
vault_text  the variables in it, set without touching anything that is not ours
record      which places hold secrets, so that they can be moved
"""
